import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Bundles that run on a person's machine or server, not on Lambda. */
const NOT_LAMBDA = ['cli'];

/** Every folder of `functions/` with an `index.ts`; `middleware` and helpers have none. */
export function bundleNames(): readonly string[] {
  return readdirSync(join(ROOT, 'functions')).filter((name) => existsSync(join(ROOT, 'functions', name, 'index.ts')));
}

/** Those that run on Lambda. */
export function lambdaNames(): readonly string[] {
  return bundleNames().filter((name) => !NOT_LAMBDA.includes(name));
}

export interface Bundle {
  readonly name: string;
  /** Minified CommonJS. */
  readonly code: Uint8Array;
  readonly metafile: Metafile;
}

/** One function, bundled in memory. @throws when esbuild finds an error */
export async function bundle(name: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [`functions/${name}/index.ts`],
    bundle: true,
    write: false,
    metafile: true,
    outfile: 'index.cjs',
    platform: 'node',
    target: 'node24',
    // On Node 24 an ES module that imports `node:http` takes nine times as long to load as one that requires it.
    format: 'cjs',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
    // `import.meta` does not exist in CommonJS; where it is used, it asks for the file's own URL.
    define: { 'import.meta.url': '__bundleUrl', 'import.meta.main': 'false' },
    banner: { js: "const __bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
    plugins: [leanYaml, leanBolt, versionOnly, ...(NOT_LAMBDA.includes(name) ? [] : [lambdaCredentials])],
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${name}`);
  return { name, code: output.contents, metafile };
}

/** yaml's build for Node is CommonJS, which cannot be shaken; the one for browsers is the same code as ES modules. */
const leanYaml: Plugin = {
  name: 'lean-yaml',
  setup({ onResolve }) {
    const path = join(ROOT, 'node_modules', 'yaml', 'browser', 'dist', 'index.js');
    onResolve({ filter: /^yaml$/ }, () => ({ path, sideEffects: false }));
  },
};

/**
 * Bolt without its receivers: slack-actions has one of its own, and theirs bring Express, OAuth and an HTTP client, 1.7 MB
 * and 200 ms of every cold start, for nothing.
 */
const leanBolt: Plugin = {
  name: 'lean-bolt',
  setup({ onResolve, onLoad }) {
    const filter =
      /\/(?:HTTP|SocketMode|Express|AwsLambda)Receiver$|^(?:express|@slack\/oauth|@slack\/socket-mode|path-to-regexp|raw-body)$/;
    onResolve({ filter }, ({ path, importer }) =>
      importer.includes('@slack/bolt/') ? { path, namespace: 'left-out' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Each client of the AWS SDK imports its whole package.json (2.4 kB) for the version in its user agent. */
const versionOnly: Plugin = {
  name: 'version-only',
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk\/client-[a-z-]+\/package\.json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

const lambdaCredentials: Plugin = {
  name: 'lambda-credentials',
  setup({ onResolve }) {
    const path = join(ROOT, 'infra', 'build', 'lambda-credentials.ts');
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({ path }));
  },
};

/** npm packages in a bundle, with the bytes that each takes in it. */
export function packagesIn({ metafile }: Bundle): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const [file, bytes] of inputsOf(metafile)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
    if (name !== undefined) sizes.set(name, (sizes.get(name) ?? 0) + bytes);
  }
  return sizes;
}

/** Files of this repository in a bundle. */
export function ownFilesIn({ metafile }: Bundle): readonly string[] {
  return inputsOf(metafile)
    .filter(([file, bytes]) => !file.includes('node_modules/') && !file.startsWith('left-out:') && bytes > 0)
    .map(([file]) => file);
}

function inputsOf({ outputs }: Metafile): readonly (readonly [string, number])[] {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const),
  );
}
