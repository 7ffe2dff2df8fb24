import { isIPv4 } from 'node:net';
import { WORKLOAD_KINDS } from '../../shared/domain/kubernetes.ts';
import { redact } from '../../shared/domain/redact.ts';
import { FAKE_MARK, fakeDocument } from './fake-credentials.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Fields = { readonly [key: string]: Json };

/** Annotations that a diagnosis reads and that hold no credential; all others may hold anything. */
const KEPT_ANNOTATION =
  /^(?:pullmedic\.dev\/|deployment\.kubernetes\.io\/revision$|deprecated\.daemonset\.template\.generation$|argocd\.argoproj\.io\/tracking-id$|meta\.helm\.sh\/)/;
/** What a container runs and with which values is nobody's business here; how it is pulled is. */
const DROPPED_OF_CONTAINERS = new Set([
  'env',
  'envFrom',
  'command',
  'args',
  'lifecycle',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
]);
const CONTAINER_LISTS = new Set(['containers', 'initContainers', 'ephemeralContainers']);
/** Their managedFields tell who set an image, or wrote a Secret. */
const KEEPS_MANAGED_FIELDS: ReadonlySet<string> = new Set(['Secret', ...WORKLOAD_KINDS]);
const DOCUMENT_KEYS = new Set(['.dockerconfigjson', '.dockercfg']);

const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;
const IPV4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)/g;
const IPV6 = /(?<![\w.:])(?=[0-9a-f:]*::|(?:[0-9a-f]{1,4}:){6})(?:[0-9a-f]{0,4}:){2,8}[0-9a-f]{0,4}(?![\w:])/gi;
/** These mean the same everywhere, and a diagnosis goes by them. */
const KEPT_ADDRESS = /^(?:127\.|0\.0\.0\.0$|169\.254\.|::1$|::$)/;
const PRIVATE_ADDRESS = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;

/** Makes objects of a cluster fit for a repository; equal names and ids stay equal over all of them. */
export interface Redactor {
  redact(object: Json): Json;
  /** What stood in Secrets, plain and in base64: none of it may be in what is written. */
  secrets(): readonly string[];
}

/** @param replaced pairs of texts, such as a company's domain and `example.com` */
export function createRedactor(replaced: readonly (readonly [string, string])[] = []): Redactor {
  const secrets = new Set<string>();
  const stable = (name: (n: number) => string) => {
    const known = new Map<string, string>();
    return (value: string) => {
      const own = known.get(value) ?? name(known.size + 1);
      known.set(value, own);
      return own;
    };
  };
  const uid = stable((n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
  const privateAddress = stable((n) => `10.0.${n >> 8}.${n & 255}`);
  const publicAddress = stable((n) => `203.0.113.${n & 255}`);
  const address6 = stable((n) => `2001:db8::${n.toString(16)}`);
  const nodes = new Map<string, string>();

  const text = (value: string): string => renamed(redact(value));

  function renamed(value: string): string {
    let result = value;
    for (const [from, to] of nodes) result = result.replace(wholeName(from), to);
    for (const [from, to] of replaced) result = result.replaceAll(from, to);
    return result
      .replace(UUID, (id) => uid(id.toLowerCase()))
      .replace(IPV4, (address) => {
        if (!isIPv4(address) || KEPT_ADDRESS.test(address)) return address;
        return PRIVATE_ADDRESS.test(address) ? privateAddress(address) : publicAddress(address);
      })
      .replace(IPV6, (address) => (KEPT_ADDRESS.test(address) ? address : address6(address)));
  }

  function walk(value: Json, key: string, kind: string): Json {
    if (typeof value === 'string') return text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      const items = value as readonly Json[];
      return items.map((item) => walk(CONTAINER_LISTS.has(key) ? withoutSettings(item) : item, '', kind));
    }
    return fields(
      value as Fields,
      key,
      typeof (value as Fields)['kind'] === 'string' ? String((value as Fields)['kind']) : kind,
    );
  }

  function fields(object: Fields, key: string, kind: string): Json {
    const isSecret = kind === 'Secret';
    const entries = Object.entries(object).flatMap(([name, value]): [string, Json][] => {
      if (name === 'managedFields' && !KEEPS_MANAGED_FIELDS.has(kind)) return [];
      if (key === 'annotations' && !KEPT_ANNOTATION.test(name)) return [];
      if (isSecret && (name === 'data' || name === 'stringData')) return [[name, fakeData(value, name === 'data')]];
      return [[text(name), walk(value, name, kind)]];
    });
    return Object.fromEntries(entries);
  }

  function fakeData(data: Json, isEncoded: boolean): Json {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
    return Object.fromEntries(
      Object.entries(data).map(([name, value]) => {
        if (typeof value !== 'string') return [name, value];
        const plain = isEncoded ? Buffer.from(value, 'base64').toString('utf8') : value;
        remember(plain);
        const fake = DOCUMENT_KEYS.has(name) ? renamed(fakeDocument(plain)) : FAKE_MARK;
        return [name, isEncoded ? Buffer.from(fake).toString('base64') : fake];
      }),
    );
  }

  /** Every string in the document, and both halves of what is `user:password`. */
  function remember(plain: string): void {
    secrets.add(plain);
    for (const [, value = ''] of plain.matchAll(/"(?:auth|password|identitytoken|registrytoken)"\s*:\s*"([^"]+)"/g)) {
      secrets.add(value);
      const pair = Buffer.from(value, 'base64').toString('utf8');
      if (/^[\x20-\x7e]+:[\x20-\x7e]+$/.test(pair)) secrets.add(pair.slice(pair.indexOf(':') + 1));
    }
  }

  return {
    redact(object) {
      for (const name of nodeNames(object)) if (!nodes.has(name)) nodes.set(name, `node-${nodes.size + 1}`);
      return walk(object, '', '');
    },
    secrets: () => [...secrets],
  };
}

function wholeName(name: string): RegExp {
  return new RegExp(`(?<![\\w.-])${name.replaceAll('.', '\\.')}(?![\\w-])`, 'g');
}

function withoutSettings(container: Json): Json {
  if (typeof container !== 'object' || container === null || Array.isArray(container)) return container;
  return Object.fromEntries(Object.entries(container).filter(([name]) => !DROPPED_OF_CONTAINERS.has(name)));
}

/** Wherever a node is named: specs, events, node objects. */
function nodeNames(value: Json): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(nodeNames);
  const object = value as Fields;
  const source = object['source'] as Fields | undefined;
  const own = [object['nodeName'], source?.['host']].filter((name) => typeof name === 'string' && name !== '');
  return [...(own as string[]), ...Object.values(object).flatMap(nodeNames)];
}
