import { compact } from '../compact.ts';
import type { PullError, PullStage } from '../pull-error.ts';
import { redact } from '../redact.ts';
import { focus } from './focus.ts';
import { normalise, unwrap } from './normalise.ts';
import { splitParts } from './parts.ts';
import { readRequest } from './request.ts';
import { readStage } from './stage.ts';
import { readCode, readHttpStatus, readRpcCode } from './status.ts';

/** Characters of runtime text that are read and kept; what the kubelet writes is far shorter. */
export const MAX_TEXT = 16 * 1024;
/** Redaction looks a little further, so that a credential cut by the limit is still recognised. */
const REDACTION_MARGIN = 4 * 1024;

/**
 * Parses the text of an image-pull failure, from any runtime and any kubelet, wherever it was copied from.
 * Of several joined errors the one that got furthest speaks for all: its fields are the result's, `parts` holds each.
 */
export function parsePullError(raw: string): PullError {
  const kept = redact(raw.slice(0, MAX_TEXT + REDACTION_MARGIN)).slice(0, MAX_TEXT);
  const line = normalise(focus(kept));
  const text = unwrap(line);
  const split = splitParts(text);
  const parts = split.length === 1 && split[0] === text ? split : split.map(unwrap);
  const decisive = decisivePart(parts);
  const squeezed = compact(decisive);
  const request = readRequest(decisive);
  return {
    raw: kept,
    stage: readStage(squeezed),
    image: readImage(line),
    host: request.host,
    url: request.url,
    httpStatus: readHttpStatus(squeezed),
    code: readCode(squeezed),
    rpcCode: readRpcCode(line),
    parts,
    text,
    peer: request.peer,
  };
}

/** How far a pull got: an answer beats silence, a later step an earlier one. */
const STAGE_RANK: Readonly<Record<PullStage, number>> = {
  parse: 0,
  secret: 1,
  runtime: 2,
  authorize: 4,
  resolve: 5,
  fetch: 6,
  unpack: 7,
  policy: 7,
};

/** The part that got furthest; of equals the first, which the kubelet tried with its best credential. */
export function decisivePart(parts: readonly string[]): string {
  if (parts.length < 2) return parts[0] ?? '';
  const ranked = parts.map((part) => ({ part, rank: progressOf(part) }));
  return ranked.reduce((best, next) => (next.rank > best.rank ? next : best), ranked[0] ?? { part: '', rank: 0 }).part;
}

function progressOf(part: string): number {
  const squeezed = compact(part);
  const { peer } = readRequest(part);
  if (peer === 'resolver' || peer === 'proxy' || peer === 'runtime') return 2;
  const isSilence = /i\/otimeout|connectionrefused|noroutetohost|unreachable|handshaketimeout|x509/.test(squeezed);
  const stage = readStage(squeezed);
  return isSilence ? 3 : stage === undefined ? 1 : STAGE_RANK[stage];
}

/** Words before an image, most telling first. */
const BEFORE_IMAGE: readonly string[] = [
  'Failed to ?o?pull image|Back-off pulling image|Failed to inspect image|Container image|Failed to apply default image tag|Unable to fetch image',
  'pull and unpack image|failed to resol?ve reference|parse image (?:name|reference)|pull image|sandbox image|error pulling image',
];
/** A quoted reference may have been broken by a line end: then it is joined. */
const QUOTED_IMAGES = BEFORE_IMAGE.map((words) => new RegExp(`(?:${words})\\s*(["'])([^"']{1,1024})\\1`, 'i'));
const BARE_IMAGES = [
  ...BEFORE_IMAGE.map((words) => new RegExp(`(?:${words}) ()([^\\s"']{1,1024}?)(?=[:,]*(?:\\s|$))`, 'i')),
  /()docker:\/\/([^\s"']{1,1024}?)(?=[:,"']*(?:\s|$))/i,
  /()\bmanifest for (\S{1,1024}) not found/i,
  /()\bpull access denied for ([^\s,]{1,1024}),/i,
  /()\bimage name (\S{1,1024}) returns/i,
  /()\bshort-name ["']?([^"'\s]{1,1024})/i,
  /()\bimage pull failed for ([^\s,]{1,1024}),/i,
  /()\bError: image (\S{1,1024}) not found/i,
];

function readImage(line: string): string | undefined {
  for (const pattern of [...QUOTED_IMAGES, ...BARE_IMAGES]) {
    const image = pattern.exec(line)?.[2]?.replace(/\s+/g, '');
    if (image !== undefined && image !== '') return image;
  }
  return undefined;
}
