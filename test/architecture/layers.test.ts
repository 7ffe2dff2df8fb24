import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Pure folders do no I/O; each may import only what stands here (beside itself and npm packages named below). */
const PURE: Readonly<Record<string, readonly string[]>> = {
  'shared/domain': ['shared/domain'],
  'shared/diagnosis': ['shared/diagnosis', 'shared/domain', 'shared/registries'],
  'shared/registries': ['shared/registries', 'shared/domain'],
  'shared/chat': ['shared/chat', 'shared/domain', 'shared/config', 'shared/ports', 'shared/remedies'],
  'shared/alertmanager': ['shared/alertmanager', 'shared/domain', 'shared/config'],
  'shared/remedies': ['shared/remedies', 'shared/domain', 'shared/config'],
  'shared/config': ['shared/config', 'shared/domain'],
  // It judges pulls that have not failed yet by the diagnosis' own rules.
  'shared/preflight': ['shared/preflight', 'shared/diagnosis', 'shared/domain', 'shared/registries'],
};

/** What the other layers may import. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  ...PURE,
  'shared/ports': ['shared/ports', 'shared/domain', 'shared/config'],
  'shared/flows': [...Object.keys(PURE), 'shared/flows', 'shared/ports'],
  'shared/adapters': ['shared/adapters', 'shared/ports', 'shared/domain', 'shared/config', 'shared/registries'],
  functions: ['functions', 'shared'],
};

/** Node's own modules that compute and do nothing else. */
const PURE_BUILTINS = ['node:crypto', 'node:util', 'node:url', 'node:buffer'];

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

function target(file: string, specifier: string): string {
  return relative(root, resolve(join(root, dirname(file)), specifier));
}

describe('layers', () => {
  it.each(Object.keys(LAYERS))('%s imports only what stands below it', (layer) => {
    const allowed = LAYERS[layer] ?? [];
    const wrong = sources(layer).flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => target(file, specifier))
        .filter((path) => !allowed.some((folder) => path.startsWith(`${folder}/`)))
        .map((path) => `${file} imports ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  it.each(Object.keys(PURE))('%s does no I/O and asks no clock', (layer) => {
    const wrong = sources(layer).flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return [
        ...importsOf(file).filter((name) => name.startsWith('node:') && !PURE_BUILTINS.includes(name)),
        ...(text.match(/\bDate\.now\(\)|new Date\(\)|process\.env|\bfetch\(|setTimeout\(/g) ?? []),
      ].map((what) => `${file}: ${what}`);
    });
    expect(wrong).toEqual([]);
  });

  it('reads the environment only in functions/*/index.ts', () => {
    const wrong = [...sources('shared'), ...sources('functions')]
      .filter((file) => !/^functions\/[^/]+\/index\.ts$/.test(file))
      .filter((file) => readFileSync(join(root, file), 'utf8').includes('process.env'));
    expect(wrong).toEqual([]);
  });
});
