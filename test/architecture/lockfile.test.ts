import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};

/** Where Node would find `name` from the package at `path`. */
function find(path: string, name: string): LockedPackage | undefined {
  const found = lock.packages[`${path === '' ? '' : `${path}/`}node_modules/${name}`];
  if (found !== undefined || path === '') return found;
  const parent = path.lastIndexOf('/node_modules/');
  return find(parent === -1 ? '' : path.slice(0, parent), name);
}

describe('the lockfile', () => {
  // A registry that does not serve the packages of other platforms makes npm leave them out, and `npm ci` then refuses
  // the lockfile everywhere.
  it('has every optional package of every platform', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => find(path, name) === undefined),
    );
    expect(missing).toEqual([]);
  });

  it('names no download address', () => {
    expect(Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});
