/**
 * Slack's documented limits, as its Web API enforces them.
 * Source: docs.slack.dev/reference/block-kit and /reference/methods/chat.postMessage; the total was measured (bolt-js#2509).
 */
export const SLACK_LIMITS = {
  blocksInMessage: 50,
  blocksInView: 100,
  sectionTextCharacters: 3_000,
  sectionFields: 10,
  fieldCharacters: 2_000,
  headerCharacters: 150,
  contextElements: 10,
  contextTextCharacters: 3_000,
  actionsElements: 25,
  buttonTextCharacters: 75,
  buttonValueCharacters: 2_000,
  urlCharacters: 3_000,
  overflowOptions: 5,
  optionTextCharacters: 75,
  fewestOverflowOptions: 2,
  selectOptions: 100,
  /** The reference says 150; the comments of the official SDK's types still say 75. */
  optionValueCharacters: 150,
  placeholderCharacters: 150,
  inputCharacters: 3_000,
  idCharacters: 255,
  /** All blocks of a message together, as JSON. */
  blocksCharacters: 13_200,
  messageTextCharacters: 40_000,
  metadataCharacters: 8_000,
  /** Title, and the labels of its two buttons. */
  viewTitleCharacters: 24,
  privateMetadataCharacters: 3_000,
  viewCharacters: 250_000,
} as const;
