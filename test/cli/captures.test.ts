import { describe, expect, it } from '@jest/globals';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { findPullFailures } from '../../shared/domain/find-pull-failures.ts';
import { listCaptures, readEvents, readOwners, readPod, readSecrets, snapshotOf } from '../support/captures.ts';

/** Of the case with two failing containers, each has its own cause (fixtures/captures/expected.json says so in words). */
const BY_CONTAINER: Readonly<Record<string, string>> = { app: 'tag-not-found', proxy: 'dns-failure' };

const captures = listCaptures();

describe('every recorded state of every case gets an accepted cause', () => {
  it('knows both runtimes and all cases', () => {
    expect(captures.map(({ runtime }) => runtime)).toEqual(
      expect.arrayContaining(['containerd-1.7.35', 'containerd-2.4.2']),
    );
    expect(captures.length).toBeGreaterThan(250);
  });

  it.each(captures)('$runtime $name, $podFile', (capture) => {
    const snapshot = snapshotOf({
      pods: [readPod(capture)],
      events: readEvents(capture),
      workloads: readOwners(capture),
      secrets: readSecrets(capture),
    });
    const failures = findPullFailures(snapshot);

    if (failures.length === 0) {
      expect(capture.expected.length === 0 || capture.expected.includes('none')).toBe(true);
      return;
    }
    for (const failure of failures) {
      const best = diagnose(failure)[0];
      const accepted =
        capture.name === 'two-bad-containers' ? [BY_CONTAINER[failure.container?.name ?? '']] : capture.expected;
      expect(accepted).toContain(best?.causeId);
      // The runtime's words are a claim: beside them stands something that was seen.
      expect(best?.evidence.filter(({ isQuote }) => isQuote !== true)).not.toEqual([]);
    }
    expect(failures).toHaveLength(capture.name === 'two-bad-containers' ? 2 : 1);
  });

  it.each(captures.filter(({ expected }) => expected.length > 0 && !expected.includes('none')))(
    '$runtime $name, $podFile, as a kubelet before 1.32 tells it: the cause in events only',
    (capture) => {
      const pod = readPod(capture);
      const bare = {
        ...pod,
        status: {
          ...pod.status,
          ...withoutCause('containerStatuses', pod.status?.containerStatuses),
          ...withoutCause('initContainerStatuses', pod.status?.initContainerStatuses),
        },
      };
      const failures = findPullFailures(snapshotOf({ pods: [bare], events: readEvents(capture) }));
      expect(failures.length).toBeGreaterThan(0);
      for (const failure of failures) {
        expect(capture.expected).toContain(diagnose(failure)[0]?.causeId);
      }
    },
  );
});

type Statuses = NonNullable<NonNullable<ReturnType<typeof readPod>['status']>['containerStatuses']>;

/** Older kubelets end the ImagePullBackOff message after the image; their other messages are the same. */
function withoutCause(name: string, statuses: Statuses | undefined): Readonly<Record<string, Statuses>> {
  if (statuses === undefined) return {};
  const bare = statuses.map((status) => {
    const waiting = status.state?.waiting;
    if (waiting?.reason !== 'ImagePullBackOff') return status;
    const message = /^Back-off pulling image "[^"]*"/.exec(waiting.message ?? '')?.[0] ?? '';
    return { ...status, state: { waiting: { ...waiting, message } } };
  });
  return { [name]: bare };
}
