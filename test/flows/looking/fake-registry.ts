import type { AttemptResult, RegistryAnswer } from '../../../shared/domain/registry-answer.ts';
import type { Registry, RegistryQuestion, RegistryReply } from '../../../shared/ports/registry.ts';

/** What a fake registry does with a question; it may wait, hang or throw. */
export type Behaviour = (question: RegistryQuestion, signal: AbortSignal) => Promise<RegistryReply> | RegistryReply;

/** A registry port that a test changes at will; it records what it was asked. */
export interface FakeRegistry extends Registry {
  readonly asked: RegistryQuestion[];
  behave: Behaviour;
}

export function createFakeRegistry(behave: Behaviour): FakeRegistry {
  const registry: FakeRegistry = {
    asked: [],
    behave,
    async ask(question, signal) {
      registry.asked.push(question);
      return registry.behave(question, signal);
    },
  };
  return registry;
}

/** One anonymous attempt with this result. */
export function replyOf(result: AttemptResult, observedAt: number, more: Partial<RegistryAnswer> = {}): RegistryReply {
  const status = { found: 200, unauthorized: 401, forbidden: 403, 'rate-limited': 429, unavailable: 503 };
  const answer: RegistryAnswer = {
    host: 'ghcr.io',
    vantage: 'asked by pullmedic',
    observedAt,
    attempts: [
      {
        credential: undefined,
        result,
        answeredBy: 'registry',
        httpStatus: { ...status, 'manifest-unknown': 404, 'repository-unknown': 404 }[result],
        code: result === 'manifest-unknown' ? 'MANIFEST_UNKNOWN' : undefined,
      },
    ],
    digest: undefined,
    platforms: undefined,
    tags: undefined,
    rateLimit: undefined,
    ecr: undefined,
    ...more,
  };
  return { answer, gaps: [] };
}

/** As the port promises: what is known when the signal comes, here nothing. */
export const hangUntilTold: Behaviour = (_question, signal) =>
  new Promise((resolve) => {
    const end = () =>
      resolve({ answer: undefined, gaps: [{ what: 'registry ghcr.io did not answer', why: 'timeout' }] });
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });

/** As no port should. */
export const hangForEver: Behaviour = () => new Promise(() => {});
