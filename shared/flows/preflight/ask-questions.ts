import pLimit, { type LimitFunction } from 'p-limit';
import type { Gap } from '../../domain/pull-failure.ts';
import type { Registry, RegistryReply } from '../../ports/registry.ts';
import type { PreflightQuestion } from '../../preflight/questions.ts';
import { noAnswer } from '../looking/ask-registries.ts';

/** Questions to one registry at a time: it serves the cluster's pulls at the same time. */
const CONCURRENT_PER_HOST = 4;
/** Questions in all at a time. */
const CONCURRENT = 24;

export interface AskedQuestions {
  readonly replies: ReadonlyMap<string, RegistryReply>;
  readonly gaps: readonly Gap[];
}

/**
 * Asks every question once. A registry that limits requests is left alone for the rest of the run, and what was not
 * asked is a gap.
 * @param onAnswer after each question, for progress
 */
export async function askQuestions(
  questions: ReadonlyMap<string, PreflightQuestion>,
  registry: Registry,
  signal: AbortSignal,
  onAnswer: () => void,
): Promise<AskedQuestions> {
  const replies = new Map<string, RegistryReply>();
  const limits = new Map<string, LimitFunction>();
  const limited = new Set<string>();
  const all = pLimit(CONCURRENT);

  async function askOne(key: string, question: PreflightQuestion): Promise<void> {
    const host = question.image.registry;
    const reply = limited.has(host)
      ? leftAlone(host)
      : signal.aborted
        ? noAnswer(host, 'the run was over before its turn')
        : await registry.ask({ ...question, wantsExpiry: true }, signal);
    if (reply.answer?.attempts.some(({ result }) => result === 'rate-limited')) limited.add(host);
    replies.set(key, reply);
    onAnswer();
  }

  await Promise.all(
    [...questions].map(([key, question]) => {
      const host = question.image.registry;
      const limit = limits.get(host) ?? pLimit(CONCURRENT_PER_HOST);
      limits.set(host, limit);
      return limit(() => all(() => askOne(key, question)));
    }),
  );
  return { replies, gaps: gapsOf(questions, replies) };
}

function leftAlone(host: string): RegistryReply {
  return {
    answer: undefined,
    gaps: [{ what: `registry ${host} was not asked any more`, why: 'it limits requests: 429' }],
  };
}

/** The same gap of many images is said once, with their number. */
function gapsOf(
  questions: ReadonlyMap<string, PreflightQuestion>,
  replies: ReadonlyMap<string, RegistryReply>,
): readonly Gap[] {
  const said = new Map<string, { readonly gap: Gap; readonly images: Set<string> }>();
  for (const [key, { gaps }] of replies) {
    const { image } = questions.get(key) ?? {};
    for (const gap of gaps) {
      const text = `${gap.what}: ${gap.why}`;
      const known = said.get(text) ?? { gap, images: new Set() };
      said.set(text, known);
      known.images.add(`${image?.registry}/${image?.repository}:${image?.tag}`);
    }
  }
  return [...said.values()].map(({ gap, images }) =>
    images.size === 1
      ? { ...gap, what: `${gap.what} (${[...images].join()})` }
      : { ...gap, what: `${gap.what} (${images.size} images)` },
  );
}
