/** As in package.json (a test compares them): what is bundled does not carry that file. */
export const VERSION = '0.1.0';
