import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What must be the same after a restart on the same data. */
export interface StackMemory {
  readonly alertsToken: string;
  readonly slackToken: string;
  readonly slackSigningSecret: string;
  /** How far the embedded clock was moved. */
  readonly clockAheadSeconds: number;
}

/** The folder of a running stack: the database, the Slack messages, the kubeconfig, the tokens. */
export interface DataFolder {
  readonly database: string;
  readonly slackMessages: string;
  readonly kubeconfig: string;
  /** The embedded cluster's objects; `undefined` = not kept. */
  readonly clusterObjects: string | undefined;
  readonly memory: StackMemory;
  rememberClock(aheadSeconds: number): void;
  /** Removes it if it was a temporary one. */
  close(): void;
}

/** @param folder kept across restarts; `undefined` = a temporary one that `close` removes */
export function openDataFolder(folder: string | undefined): DataFolder {
  const path = folder ?? mkdtempSync(join(tmpdir(), 'pullmedic-'));
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const file = join(path, 'stack.json');
  let memory = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StackMemory) : freshMemory();
  save();

  function save(): void {
    // Renamed into place: a crash in between leaves the old one.
    writeFileSync(`${file}.new`, JSON.stringify(memory), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  return {
    database: join(path, 'pullmedic.db'),
    slackMessages: join(path, 'slack.jsonl'),
    kubeconfig: join(path, 'kubeconfig'),
    clusterObjects: folder === undefined ? undefined : join(path, 'cluster.jsonl'),
    get memory() {
      return memory;
    },
    rememberClock(clockAheadSeconds) {
      memory = { ...memory, clockAheadSeconds };
      save();
    },
    close() {
      if (folder === undefined) rmSync(path, { recursive: true, force: true });
    },
  };
}

function freshMemory(): StackMemory {
  return {
    alertsToken: randomBytes(24).toString('base64url'),
    slackToken: `xoxb-local-${randomBytes(16).toString('hex')}`,
    slackSigningSecret: randomBytes(16).toString('hex'),
    clockAheadSeconds: 0,
  };
}
