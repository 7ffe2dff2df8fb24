import { ChatError, PullmedicError, StoreError } from '../../domain/errors.ts';
import type { Publication } from '../../domain/incident.ts';
import type { PostedMessage } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';

/**
 * How long after a send began a message that is not found may still arrive: well beyond the chat's own deadline (8 s),
 * since a second message is a worse harm than one that comes later.
 * Real time, so it is not scaled.
 */
const MAY_STILL_ARRIVE_MS = 20_000;

/** One publication as it is worked on: every save is conditional on nobody else having saved since it was read. */
export interface Ledger {
  /** @throws {StoreError} before the first save of a publication that does not exist */
  readonly publication: () => Publication;
  /** @throws {StoreError} `retry` when somebody else saved in between, or when it is not known whether it was saved */
  save(change: Partial<Publication>): Promise<void>;
}

/** @param version of the record that was read; 0 = it does not exist yet, and the first save creates it */
export function createLedger(store: IncidentStore, publication: Publication, version: number): Ledger {
  let current = publication;
  let stored = version;
  return {
    publication: () => current,
    async save(change) {
      const next = { ...current, ...change };
      const answer = await store.savePublication(next, stored);
      if (answer === 'conflict') {
        throw new StoreError(`publication of ${current.incidentId} was changed meanwhile`, { retry: 'retry' });
      }
      current = next;
      stored += 1;
    },
  };
}

/**
 * Sends a message that must stand there exactly once although sending is not idempotent: the attempt is written down
 * first; a rerun that finds it written down looks for the message before it sends again.
 * The caller saves the result together with `settled(ledger, key)`.
 * @throws {ChatError} with `answer_unknown` while an earlier attempt may still arrive
 */
export async function sendOnce(
  ledger: Ledger,
  key: string,
  clock: Clock,
  message: { find(): Promise<PostedMessage | undefined>; send(): Promise<PostedMessage> },
): Promise<PostedMessage> {
  const begun = ledger.publication().attempts?.[key];
  if (begun !== undefined) {
    const found = await message.find();
    if (found !== undefined) return found;
    refuseWhileItMayArrive(begun, clock);
  }
  await ledger.save({ attempts: { ...ledger.publication().attempts, [key]: clock.now() } });
  try {
    return await message.send();
  } catch (error) {
    // A clear refusal means that nothing arrives any more: the next run need not look or wait.
    if (isRefusal(error)) await ledger.save({ attempts: settled(ledger, key) });
    throw error;
  }
}

/**
 * Edits a message. An edit whose answer was lost may still arrive and would then overwrite a later one: it is written
 * down, and the next edit waits until that can no longer happen.
 * The caller saves what stands there now together with `settled(ledger, key)`.
 * @throws {ChatError} with `answer_unknown` while an earlier edit may still arrive
 */
export async function editInOrder<Answer>(
  ledger: Ledger,
  key: string,
  clock: Clock,
  edit: () => Promise<Answer>,
): Promise<Answer> {
  const begun = ledger.publication().attempts?.[key];
  if (begun !== undefined) refuseWhileItMayArrive(begun, clock);
  const now = clock.now();
  try {
    return await edit();
  } catch (error) {
    if (!isRefusal(error)) await ledger.save({ attempts: { ...ledger.publication().attempts, [key]: now } });
    throw error;
  }
}

/** The attempts without this one: it is settled. */
export function settled(ledger: Ledger, key: string): Readonly<Record<string, number>> {
  const { [key]: _, ...rest } = ledger.publication().attempts ?? {};
  return rest;
}

/** @throws {ChatError} `retry` until the attempt is old enough to be given up */
export function refuseWhileItMayArrive(begun: number, clock: Clock): void {
  const leftMs = begun + MAY_STILL_ARRIVE_MS - clock.now();
  if (leftMs <= 0) return;
  throw new ChatError('chat.postMessage', 'answer_unknown', {
    retry: 'retry',
    retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1_000)),
  });
}

/** Whether the error says for sure that nothing was sent. */
function isRefusal(error: unknown): boolean {
  if (error instanceof ChatError) return error.retry === 'give-up' || error.retryAfterSeconds !== undefined;
  return error instanceof PullmedicError && error.retry === 'give-up';
}
