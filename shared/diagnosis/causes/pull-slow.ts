import type { Cause } from '../cause.ts';
import { duration, fact } from '../support/evidence.ts';
import { describeNode, lasting, now } from '../support/fixes.ts';
import { bytes, imageSize } from '../support/image-size.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';

/** Progressing, but late: the image is large, or the path to it slow. */
export const pullSlow: Cause = {
  id: 'pull-slow',
  title: 'Pull is slow',
  family: 'pull-duration',
  details: [],
  specificity: 30,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/pull-slow.md',
  subject: imageSubject,

  match(failure) {
    const took = successfulPull(failure.error.text);
    if (took !== undefined && took >= SLOW_SECONDS) {
      return {
        confidence: 'likely',
        evidence: [fact(pace(took, failure.error.text), 'event Pulled', failure.lastFailedAt)],
      };
    }
    if (failure.state !== 'stalled') return undefined;
    const size = imageSize(failure);
    // From outside, a slow download and a dead one look alike until it ends.
    return {
      confidence: 'possible',
      evidence: [
        fact('no error was reported; a large image may still be on its way', 'events', failure.observedAt),
        ...(size === undefined ? [] : [size]),
      ],
    };
  },

  phrase: (failure) => `pulling ${shortImage(failure, 46)} is slow`,

  fixes: (failure) => [
    now('wait', 'Wait: each layer that arrives is kept', describeNode(failure)),
    lasting('smaller', 'Smaller images, a cache near the nodes, serializeImagePulls: false, pre-pulling on new nodes'),
  ],
};

/** Longer than any image of usual size takes on a healthy path. */
const SLOW_SECONDS = 300;

/** `Successfully pulled image "x" in 12m3.2s (12m5s including waiting)` ─▶ seconds. */
function successfulPull(text: string): number | undefined {
  const match =
    /Successfully pulled image .{0,1100}? in (?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,6}(?:\.\d{1,12})?)s)?/i.exec(text);
  if (match === null || (match[1] === undefined && match[2] === undefined && match[3] === undefined)) return undefined;
  return Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
}

/** Kubelets from 1.30 on tell the size: `Image size: 4200000000 bytes.` */
function pace(seconds: number, text: string): string {
  const took = `the pull took ${duration(seconds * 1000)}`;
  const size = Number(/Image size: (\d{1,15}) bytes/i.exec(text)?.[1] ?? 0);
  if (size === 0) return took;
  return `${took} for ${bytes(size)}, ${bytes(size / seconds)} a second with unpacking`;
}
