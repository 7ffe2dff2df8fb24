import { fact } from '../../diagnosis/support/evidence.ts';
import { inspectImage, lasting, now } from '../../diagnosis/support/fixes.ts';
import { registrySays } from '../../diagnosis/support/registry-facts.ts';
import { shortImage } from '../../diagnosis/support/text.ts';
import { shellCommand } from '../../domain/shell.ts';
import type { UseCheck } from '../discovery.ts';
import type { PreflightNode } from '../objects.ts';
import { neededPlatforms } from '../platforms.ts';
import { listNames } from '../words.ts';

/** The image has nothing for the architecture or the operating system of a node that its pods may run on. */
export const createPlatformCheck =
  (asked: readonly string[]): UseCheck =>
  ({ use, failure, eligible }) => {
    const { registry: answer } = failure;
    if (answer?.platforms === undefined || answer.platforms.length === 0) return undefined;
    const has = new Set(answer.platforms.map(({ os, architecture }) => `${os}/${architecture}`));
    const needed = neededPlatforms(use, eligible, asked);
    const missing = needed.filter((platform) => !has.has(platform));
    const [first] = missing;
    if (first === undefined) return undefined;
    const lacking = (eligible ?? []).filter((node) => missing.includes(platformOf(node)));
    return {
      kind: 'platform-missing',
      subject: use.canonical,
      // Where some nodes fit, the scheduler decides when the first pod meets one that does not.
      breaks: missing.length === needed.length ? { kind: 'now' } : { kind: 'next-node' },
      confidence: 'certain',
      phrase: `${shortImage(failure, 34)} has no image for ${missing.length > 1 ? `${first} and others` : first}`,
      evidence: [
        registrySays(answer, `the image has ${listNames([...has], 4)}`),
        lacking.length === 0
          ? fact(`its pods need ${listNames(missing)}`, 'the workload and --platform', failure.observedAt)
          : fact(
              `its pods may run on ${listNames(lacking.map(({ name }) => name))}, which ${lacking.length === 1 ? 'is' : 'are'} ${listNames(missing)}`,
              'node status',
              failure.observedAt,
            ),
      ],
      fixes: [
        now('see-platforms', 'See for which platforms it exists', inspectImage(failure)),
        now(
          'node-selector',
          `Keep its pods on nodes that it is built for: nodeSelector kubernetes.io/arch`,
          shellCommand`kubectl get nodes -L kubernetes.io/arch,kubernetes.io/os`,
        ),
        lasting('multi-arch', `Build it for ${listNames(needed)}: docker buildx build --platform ${needed.join(',')}`),
      ],
    };
  };

function platformOf({ os = 'linux', architecture = '' }: PreflightNode): string {
  return `${os}/${architecture}`;
}
