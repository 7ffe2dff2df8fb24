import type { Finding } from './finding.ts';
import { redact } from './redact.ts';

/** A Kubernetes Event takes no more (`pkg/apis/core/validation/events.go`, NoteLengthLimit). */
export const EVENT_MESSAGE_MAX_BYTES = 1_024;

const PHRASE_MAX_BYTES = 200;
const EVIDENCE_MAX_BYTES = 420;
const FIX_MAX_BYTES = 160;

/**
 * A finding as one line of plain text: what, how surely, how it is known, and the first fix. Redacted; at most 1,024
 * bytes. A command stands in it whole or not at all: half a command is worse than none.
 */
export function findingLine({ title, phrase, confidence, evidence, fixes }: Finding): string {
  const [proof] = evidence;
  const fix = fixes.find(({ kind }) => kind === 'now') ?? fixes[0];
  const what = `${cutBytes(oneLine(phrase) || oneLine(title), PHRASE_MAX_BYTES)} (${confidence})`;
  const known =
    proof === undefined
      ? undefined
      : cutBytes(`${oneLine(proof.text).replace(/\.$/, '')} [${oneLine(proof.source)}]`, EVIDENCE_MAX_BYTES);
  const advice =
    fix === undefined ? undefined : `Fix: ${cutBytes(oneLine(fix.title).replace(/\.$/, ''), FIX_MAX_BYTES)}`;
  const line = [what, known, advice].filter((part) => part !== undefined).join('. ');
  const command = fix?.commands[0];
  const isOneLine = command !== undefined && command === oneLine(command);
  const whole = isOneLine ? `${line}: ${command}` : line;
  return Buffer.byteLength(whole) <= EVENT_MESSAGE_MAX_BYTES ? whole : cutBytes(line, EVENT_MESSAGE_MAX_BYTES);
}

/** Redacted, without line breaks and what else does not print. */
function oneLine(text: string): string {
  return redact(text.slice(0, 16 * 1024))
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
}

/** Cuts between characters, not within one. */
function cutBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const room = maxBytes - Buffer.byteLength('…');
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}
