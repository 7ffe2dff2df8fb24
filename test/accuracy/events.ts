import { explain } from '../../functions/cli/explain.ts';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { findPullFailures } from '../../shared/domain/find-pull-failures.ts';
import type { KubeEvent, Pod } from '../../shared/domain/kubernetes.ts';
import { snapshotOf } from '../support/captures.ts';

/** One line of `events.jsonl`: a listing as people pasted it. */
export interface EventListing {
  readonly id: string;
  readonly events: readonly string[];
}

/** What the engine makes of a listing: as text that somebody pastes, and as events of a pod whose status says nothing. */
export interface ListingVerdict {
  readonly id: string;
  readonly asText: string;
  /** `undefined` where no line of it is a failed pull. */
  readonly asEvents: string | undefined;
}

const NOW = Date.UTC(2026, 10, 22, 12);
const PULL =
  /(?:Failed to pull image|Failed to apply default image tag|Failed to inspect image|Container image) "([^"]*)"/;
const REASONS: readonly (readonly [RegExp, string, string])[] = [
  [/^Failed to pull image/, 'Failed', 'ErrImagePull'],
  [/^Failed to apply default image tag/, 'InspectFailed', 'InvalidImageName'],
  [/^Failed to inspect image/, 'InspectFailed', 'ImageInspectError'],
  [/^Container image .* is not present/, 'ErrImageNeverPull', 'ErrImageNeverPull'],
];

/** Throws whatever the engine throws: nothing that people paste may do that. */
export async function judgeListing({ id, events }: EventListing): Promise<ListingVerdict> {
  let out = '';
  const append = (text: string) => {
    out += text;
  };
  await explain(
    { text: events.join('\n'), jsonl: false, json: true, report: false },
    { stdin: (async function* () {})(), stdout: append, stderr: () => {}, hasColours: false, columns: 80 },
    { version: 'accuracy', issues: undefined },
  );
  const best = (JSON.parse(out) as { readonly causes: readonly { readonly id: string }[] }).causes[0];
  return { id, asText: best?.id ?? 'none', asEvents: judgeEvents(events) };
}

/** Kubelets before 1.32 leave the waiting message empty: only the events have the cause. */
function judgeEvents(lines: readonly string[]): string | undefined {
  const failed = lines.flatMap((line, index) => {
    const image = PULL.exec(line)?.[1];
    const message = line.slice(line.search(PULL));
    const known = REASONS.find(([pattern]) => pattern.test(message));
    return image === undefined || known === undefined ? [] : [{ index, image, message, known }];
  });
  const last = failed.at(-1);
  if (last === undefined) return undefined;
  const pod: Pod = {
    metadata: { name: 'app', namespace: 'default', uid: 'uid' },
    spec: { containers: [{ name: 'app', image: last.image }] },
    status: {
      phase: 'Pending',
      containerStatuses: [{ name: 'app', image: last.image, state: { waiting: { reason: last.known[2] } } }],
    },
  };
  const events = failed
    .filter(({ image }) => image === last.image)
    .map(
      ({ index, message, known }): KubeEvent => ({
        type: 'Warning',
        reason: known[1],
        message,
        count: 1,
        involvedObject: {
          kind: 'Pod',
          namespace: 'default',
          name: 'app',
          uid: 'uid',
          fieldPath: 'spec.containers{app}',
        },
        firstTimestamp: new Date(NOW - 60_000 + index * 1_000).toISOString(),
        lastTimestamp: new Date(NOW - 60_000 + index * 1_000).toISOString(),
      }),
    );
  const [failure] = findPullFailures(snapshotOf({ pods: [pod], events, observedAt: NOW }));
  return failure === undefined ? 'none' : (diagnose(failure)[0]?.causeId ?? 'none');
}
