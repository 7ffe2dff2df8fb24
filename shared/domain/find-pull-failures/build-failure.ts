import { parseImageReference } from '../image-reference.ts';
import type { Instant } from '../instant.ts';
import type { Gap, PeerFact, PullEvent, PullFailure } from '../pull-failure.ts';
import { isPullReason } from '../pull-reasons.ts';
import { redact } from '../redact.ts';
import { shellCommand } from '../shell.ts';
import { chooseErrors } from './choose-error.ts';
import { nameOf, namespaceOf, type SnapshotIndex } from './index-snapshot.ts';
import type { JudgedContainer } from './judge-container.ts';
import { describeNode } from './node-fact.ts';
import { describePod } from './pod-fact.ts';
import type { ParsedPullEvent } from './pull-event.ts';
import { readSecretFacts } from './secret-facts.ts';
import { describeWorkload } from './workload-fact.ts';

/** Every fact that the snapshot holds about one container that cannot get its image. */
export function buildFailure(
  judged: JudgedContainer,
  state: PullFailure['state'],
  peers: PeerFact | undefined,
  index: SnapshotIndex,
): PullFailure {
  const { pod, container, events } = judged;
  const image = judged.image === undefined ? undefined : parseImageReference(judged.image);
  const secrets = readSecretFacts(pod, image, index);
  const failed = failuresAmong(events);
  return {
    cluster: index.snapshot.cluster,
    namespace: namespaceOf(pod),
    pod: describePod(pod),
    container: { name: container.name, kind: judged.kind, imagePullPolicy: judged.imagePullPolicy },
    imageText: judged.image,
    image,
    reason: readReason(judged),
    state,
    ...chooseErrors(judged),
    events: events.map(publicEvent),
    firstFailedAt: extreme(Math.min, failed, ({ firstAt }) => firstAt),
    lastFailedAt: extreme(Math.max, failed, ({ lastAt }) => lastAt),
    tries: countTries(state, events),
    pullSecrets: secrets.pullSecrets,
    otherSecrets: secrets.otherSecrets,
    serviceAccount: secrets.serviceAccount,
    node: describeNode(pod.spec?.nodeName, judged.image, index),
    workload: describeWorkload(pod, container.name, index),
    peers,
    gaps: [...readEventGap(judged), ...secrets.gaps, ...index.snapshot.gaps],
    observedAt: index.snapshot.observedAt,
  };
}

/** Back-offs follow failures: they tell the time only where the failures themselves are gone. */
function failuresAmong(events: readonly ParsedPullEvent[]): readonly ParsedPullEvent[] {
  const failed = events.filter(({ kind }) => kind === 'failed');
  return failed.length > 0 ? failed : events.filter(({ kind }) => kind === 'back-off');
}

/** Where the status does not say it yet (ContainerCreating, PodInitializing), the newest event does. */
function readReason({ reason, events, state }: JudgedContainer): string | undefined {
  if (isPullReason(reason) || state === 'stalled') return reason;
  return events.findLast(({ waitingReason }) => waitingReason !== undefined)?.waitingReason ?? reason;
}

/** Failed pulls; refusals before a pull (bad name, policy Never) count where there was none; the status proves one. */
function countTries(state: PullFailure['state'], events: readonly ParsedPullEvent[]): number {
  if (state === 'stalled') return 0;
  const failed = events.filter(({ kind }) => kind === 'failed');
  const withCause = failed.filter(({ hasCause }) => hasCause);
  const sum = (some: readonly ParsedPullEvent[]) => some.reduce((total, { count }) => total + count, 0);
  return Math.max(1, sum(withCause), sum(failed.filter(({ hasCause }) => !hasCause)));
}

function publicEvent({ reason, message, count, firstAt, lastAt }: ParsedPullEvent): PullEvent {
  return { reason, message: redact(message), count, firstAt, lastAt };
}

function readEventGap({ pod, events, message }: JudgedContainer): readonly Gap[] {
  if (events.length > 0) return [];
  const namespace = namespaceOf(pod);
  const says =
    message === undefined || /^back-off pulling image "[^"]*"$/i.test(message) ? ': the cause stood there' : '';
  return [
    {
      what: `pull events of pod ${namespace}/${nameOf(pod)} are not known${says}`,
      why: 'none was in what was read; events live about an hour',
      command: shellCommand`kubectl get events -n ${namespace} --field-selector ${`involvedObject.name=${nameOf(pod)}`}`,
    },
  ];
}

function extreme(
  pick: (...instants: number[]) => number,
  events: readonly ParsedPullEvent[],
  instantOf: (event: ParsedPullEvent) => Instant | undefined,
): Instant | undefined {
  const instants = events.map(instantOf).filter((at) => at !== undefined);
  return instants.length === 0 ? undefined : pick(...instants);
}
