import { createHash } from 'node:crypto';
import type { Platform } from '../../domain/registry-answer.ts';
import type { Secret } from '../../domain/secret.ts';
import {
  BODY_LIMIT,
  type Conversation,
  MANIFEST_LIMIT,
  MANIFEST_TYPES,
  referenceOf,
  repositoryUrl,
} from './conversation.ts';
import type { ExchangeReply } from './exchange.ts';
import { asObject, parseObject } from './parse-body.ts';

const PLATFORMS_MAX = 100;
const WORD = /^[a-z0-9][a-z0-9._-]{0,31}$/i;
const SHA256 = /^sha256:[a-f0-9]{64}$/;

/**
 * Reads which platforms an image has: from its index, else from the configuration of its one manifest.
 * @returns the platforms, or why they are not known
 */
export async function readPlatforms(
  conversation: Conversation,
  authorization: Secret | undefined,
): Promise<readonly Platform[] | { readonly why: string }> {
  const { exchange, findings, image } = conversation;
  const reference = findings.digest ?? referenceOf(image);
  const reply = await exchange.send({
    method: 'GET',
    url: repositoryUrl(conversation, `manifests/${reference}`),
    accept: MANIFEST_TYPES,
    authorization,
    redirects: 'service',
    bodyLimit: MANIFEST_LIMIT,
  });
  const problem = problemOf(reply, 'its manifest', reference);
  if (problem !== undefined) return { why: problem };
  const manifest = parseObject(reply.body);
  if (manifest === undefined) return { why: 'its manifest is not JSON' };
  if (Array.isArray(manifest['manifests'])) return platformsOf(manifest['manifests']);
  // Docker's schema 1 says it itself; it knew Linux only.
  if (manifest['schemaVersion'] === 1) return readOne({ os: 'linux', architecture: manifest['architecture'] });
  return readFromConfig(conversation, authorization, asObject(manifest['config'])?.['digest']);
}

function platformsOf(manifests: readonly unknown[]): readonly Platform[] {
  const found = new Map<string, Platform>();
  for (const manifest of manifests.slice(0, 1_000)) {
    const platform = toPlatform(asObject(asObject(manifest)?.['platform']) ?? {});
    // BuildKit keeps attestations in the index as a platform of their own.
    if (platform === undefined || platform.os === 'unknown' || platform.architecture === 'unknown') continue;
    found.set(`${platform.os}/${platform.architecture}/${platform.variant ?? ''}`, platform);
  }
  return [...found.values()].slice(0, PLATFORMS_MAX);
}

/** The blob is where the registry keeps its storage: followed without a credential, and held against its digest. */
async function readFromConfig(
  conversation: Conversation,
  authorization: Secret | undefined,
  digest: unknown,
): Promise<readonly Platform[] | { readonly why: string }> {
  if (typeof digest !== 'string' || !SHA256.test(digest)) return { why: 'its manifest names no configuration' };
  const reply = await conversation.exchange.send({
    method: 'GET',
    url: repositoryUrl(conversation, `blobs/${digest}`),
    accept: '*/*',
    authorization,
    redirects: 'storage',
    bodyLimit: BODY_LIMIT,
  });
  const problem = problemOf(reply, 'its configuration', digest);
  if (problem !== undefined) return { why: problem };
  return readOne(parseObject(reply.body) ?? {});
}

function readOne(config: Readonly<Record<string, unknown>>): readonly Platform[] | { readonly why: string } {
  const platform = toPlatform(config);
  return platform === undefined ? { why: 'its configuration names no platform' } : [platform];
}

function toPlatform({ os, architecture, variant }: Readonly<Record<string, unknown>>): Platform | undefined {
  if (typeof os !== 'string' || typeof architecture !== 'string' || !WORD.test(os) || !WORD.test(architecture)) {
    return undefined;
  }
  return { os, architecture, variant: typeof variant === 'string' && WORD.test(variant) ? variant : undefined };
}

function problemOf(reply: ExchangeReply, what: string, reference: string): string | undefined {
  if (reply.refusedRedirect !== undefined) return `${what} is at ${reply.refusedRedirect}, which is not asked`;
  if (reply.status !== 200) return `${what} was answered by ${reply.status}`;
  if (reply.body === undefined) return `${what} is larger than a registry may send`;
  if (SHA256.test(reference) && `sha256:${createHash('sha256').update(reply.body).digest('hex')}` !== reference) {
    return `${what} does not have the digest ${reference}`;
  }
  return undefined;
}
