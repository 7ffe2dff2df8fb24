import type { Evidence } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { fact, moment } from './evidence.ts';
import { registrySays } from './registry-facts.ts';
import { clip } from './text.ts';

/** A risk beside the cause, never a cause: the tag is one that moves, so that pods of one workload may differ. */
export function mutableTagRisk({ image, pod, peers, registry }: PullFailure): Evidence | undefined {
  if (pod === undefined || image === undefined || image.digest !== undefined || image.tag === undefined)
    return undefined;
  const running = peers?.runningDigests ?? [];
  if (registry?.digest !== undefined && running.length > 0 && !running.includes(registry.digest)) {
    const pushed = registry.ecr?.pushedAt === undefined ? '' : ` (pushed ${moment(registry.ecr.pushedAt)})`;
    return registrySays(
      registry,
      `risk: tag ${clip(image.tag, 40)} has moved${pushed}: running pods report another digest than it has now`,
    );
  }
  if (image.tag !== 'latest') return undefined;
  const what = image.isTagExplicit ? 'tag latest moves' : 'no tag means latest, which moves';
  return fact(`risk: ${what}: a new pod may get another image than those that run`, 'image reference');
}
