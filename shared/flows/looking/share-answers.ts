import type { Registry, RegistryReply } from '../../ports/registry.ts';
import { noAnswer, questionKey } from './ask-registries.ts';

/**
 * The same registry port for one job: a wide look, which looks at many namespaces, asks each question once, and no host
 * again that has let a whole look wait. One registry that hangs costs a storm seconds, not the job.
 */
export function shareAnswers(registry: Registry): Registry {
  const replies = new Map<string, Promise<RegistryReply>>();
  const silent = new Map<string, RegistryReply>();
  return {
    async ask(question, signal) {
      const host = question.image.registry;
      const unanswered = silent.get(host);
      if (unanswered !== undefined) return unanswered;
      const key = `${question.wantsPlatforms} ${questionKey(question)}`;
      const known = replies.get(key);
      if (known !== undefined) return known;

      const hold = () => silent.set(host, noAnswer(host, 'no answer in time'));
      signal.addEventListener('abort', hold, { once: true });
      const reply = registry.ask(question, signal);
      replies.set(key, reply);
      try {
        return await reply;
      } finally {
        signal.removeEventListener('abort', hold);
      }
    },
  };
}
