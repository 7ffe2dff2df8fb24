import type { Clock } from '../../ports/clock.ts';
import type { Log, LogFields } from '../../ports/log.ts';
import { createSystemClock } from '../clock.ts';
import { plainFields } from './plain-fields.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof LEVELS)[number];

export interface PlainLogOptions {
  /** Takes one line, with its line break: `(line) => process.stderr.write(line)`. */
  readonly write: (line: string) => void;
  /** The least that is written; `info` when left out. */
  readonly level?: LogLevel;
  /** `text` for people (default), `json` for collectors. */
  readonly format?: 'text' | 'json';
  readonly clock?: Clock;
  /** Added to every line. */
  readonly fields?: LogFields;
}

/** The log of a single process. One event is one line, whatever the fields hold. */
export function createPlainLog(options: PlainLogOptions): Log {
  const { write, level: least = 'info', format = 'text', clock = createSystemClock(), fields: common = {} } = options;

  function log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    const time = new Date(clock.now()).toISOString();
    const plain = plainFields({ ...common, ...fields });
    // Last, so that no field can pretend to be the time, level or message.
    const line =
      format === 'json' ? JSON.stringify({ ...plain, time, level, message }) : textLine(time, level, message, plain);
    write(`${line}\n`);
  }

  return {
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
  };
}

/** `2026-11-22T13:00:00.000Z WARN  secret not readable namespace=shop status=403` */
function textLine(time: string, level: LogLevel, message: string, fields: Record<string, unknown>): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${fieldText(value)}`);
  return visible(`${time} ${level.toUpperCase().padEnd(5)} ${message}${pairs.join('')}`);
}

function fieldText(value: unknown): string {
  if (typeof value === 'string' && /^[\w./:@+-]+$/.test(value)) return value;
  return JSON.stringify(value) ?? String(value);
}

/** Control characters could move a terminal's cursor or start a forged line. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
