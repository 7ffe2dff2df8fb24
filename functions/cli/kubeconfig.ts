import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { isRecord } from '../../shared/domain/is-record.ts';
import { errorCode } from './error-code.ts';
import { UsageError } from './io.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Keys that name a file, and the key that holds what is in it (base64, but for the token). */
const FILE_KEYS: readonly (readonly [string, string, 'base64' | 'text'])[] = [
  ['certificate-authority', 'certificate-authority-data', 'base64'],
  ['client-certificate', 'client-certificate-data', 'base64'],
  ['client-key', 'client-key-data', 'base64'],
  ['tokenFile', 'token', 'text'],
];

/**
 * The user's kubeconfig as kubectl sees it: several files merged (the first to name a thing wins), and what they refer to
 * put in, so that it is data only.
 *
 * @param paths of `$KUBECONFIG`, or the default one; missing files are skipped, as kubectl does
 * @throws {UsageError} when there is none, or one cannot be read
 */
export async function readKubeconfig(paths: readonly string[]): Promise<string> {
  const files = (await Promise.all(paths.filter((path) => path !== '').map(readFileFields))).filter(
    (file) => file !== undefined,
  );
  if (files.length === 0) throw new UsageError(`no kubeconfig at ${paths.join(', ')}; set KUBECONFIG`);
  const merged = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': files.map((file) => file['current-context']).find((name) => name !== undefined && name !== ''),
    ...Object.fromEntries(['clusters', 'contexts', 'users'].map((list) => [list, mergeList(files, list)])),
  };
  return stringify(merged);
}

/**
 * The namespace that kubectl would take: that of the context, else `default`.
 *
 * @param kubeconfig as `readKubeconfig` gives it
 * @param context `undefined` = its current one
 */
export function contextNamespace(kubeconfig: string, context: string | undefined): string {
  const root = parseFields(kubeconfig, 'KUBECONFIG');
  const name = context ?? root['current-context'];
  const entries = Array.isArray(root['contexts']) ? root['contexts'].filter(isRecord) : [];
  const found = entries.find((entry) => entry['name'] === name)?.['context'];
  const namespace = isRecord(found) ? found['namespace'] : undefined;
  return typeof namespace === 'string' && namespace !== '' ? namespace : 'default';
}

async function readFileFields(path: string): Promise<Fields | undefined> {
  const text = await readText(path, 'kubeconfig');
  if (text === undefined) return undefined;
  const fields = parseFields(text, path);
  const folder = dirname(resolve(path));
  return {
    ...fields,
    clusters: await inlineAll(fields['clusters'], 'cluster', folder),
    users: await inlineAll(fields['users'], 'user', folder),
  };
}

function parseFields(text: string, path: string): Fields {
  let root: unknown;
  try {
    root = parse(text);
  } catch {
    // The parser's message quotes the line, which may hold a token.
    root = undefined;
  }
  if (!isRecord(root)) throw new UsageError(`${path}: is not a kubeconfig`);
  return root;
}

async function inlineAll(list: unknown, field: string, folder: string): Promise<readonly unknown[]> {
  const entries = Array.isArray(list) ? list.filter(isRecord) : [];
  return Promise.all(
    entries.map(async (entry) => {
      const value = entry[field];
      return isRecord(value) ? { ...entry, [field]: await inline(value, folder) } : entry;
    }),
  );
}

/** A file that is missing stays named: only a context that uses it complains. */
async function inline(fields: Fields, folder: string): Promise<Fields> {
  const result: Record<string, unknown> = { ...fields };
  for (const [key, dataKey, encoding] of FILE_KEYS) {
    const path = result[key];
    if (typeof path !== 'string' || path === '') continue;
    const content = await readText(resolve(folder, path), key);
    if (content === undefined) continue;
    delete result[key];
    result[dataKey] = encoding === 'base64' ? Buffer.from(content).toString('base64') : content.trim();
  }
  return result;
}

async function readText(path: string, what: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return undefined;
    throw new UsageError(`${path}: ${what} cannot be read (${code ?? 'unknown error'})`);
  }
}

function mergeList(files: readonly Fields[], list: string): readonly unknown[] {
  const byName = new Map<unknown, unknown>();
  for (const file of files) {
    for (const entry of Array.isArray(file[list]) ? file[list].filter(isRecord) : []) {
      if (!byName.has(entry['name'])) byName.set(entry['name'], entry);
    }
  }
  return [...byName.values()];
}
