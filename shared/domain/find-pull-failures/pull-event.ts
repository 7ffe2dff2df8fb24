import { type Instant, parseInstant } from '../instant.ts';
import type { KubeEvent } from '../kubernetes.ts';
import type { PullEvent } from '../pull-failure.ts';

/**
 * What an event says of a pull. `attempt`: begun; `pulled`: the image is there; `failed`: a try failed or was refused
 * before it began; `back-off`: the kubelet waits to try again; `secret`: a pull secret of the pod could not be read.
 */
export type PullEventKind = 'attempt' | 'pulled' | 'failed' | 'back-off' | 'secret';

/** An event that concerns pulls, normalised over the variants that API servers send. */
export interface ParsedPullEvent extends PullEvent {
  readonly kind: PullEventKind;
  /** List and name of the container in `involvedObject.fieldPath`, such as `spec.initContainers{migrate}`. */
  readonly target: { readonly list: string; readonly name: string } | undefined;
  /** Image that the message names. */
  readonly image: string | undefined;
  /** Whether the message says more than that a pull failed. */
  readonly hasCause: boolean;
  /** Waiting reason that goes with it, where it tells. */
  readonly waitingReason: string | undefined;
}

/** A message longer than this is a malformed one: the API server takes 1,024 characters, other writers a little more. */
const MAX_MESSAGE = 16_384;

const WAITING_REASON =
  /\b(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|ImageInspectError|RegistryUnavailable|SignatureValidationFailed)\b/;

/** @returns `undefined` for an event of another matter (`Back-off restarting failed container` has the reason BackOff too) */
export function parsePullEvent(event: KubeEvent): ParsedPullEvent | undefined {
  const reason = event.reason ?? '';
  const message = (event.message ?? '').slice(0, MAX_MESSAGE);
  const kind = readKind(reason, message);
  if (kind === undefined) return undefined;
  const { firstAt, lastAt, count } = readTimes(event);
  const hasCause = kind === 'failed' && !/^Error: \w+$/.test(message.trim()) && message.trim() !== '';
  return {
    kind,
    reason,
    message,
    count,
    firstAt,
    lastAt,
    target: readTarget(event.involvedObject?.fieldPath),
    image: /\bimage (?:tag )?"([^"]+)"/i.exec(message)?.[1],
    hasCause,
    waitingReason: readWaitingReason(kind, reason, message),
  };
}

function readKind(reason: string, message: string): PullEventKind | undefined {
  switch (reason) {
    case 'Pulling':
      return 'attempt';
    case 'Pulled':
      return 'pulled';
    case 'BackOff':
      return /back-off pulling image/i.test(message) ? 'back-off' : undefined;
    case 'ErrImageNeverPull':
    case 'InspectFailed':
    case 'FailedToInspectImage':
      return 'failed';
    case 'FailedToRetrieveImagePullSecret':
      return 'secret';
    case 'Failed':
      if (/^Error: ImagePullBackOff\b/.test(message)) return 'back-off';
      return /^failed to (?:pull|inspect|apply default) image/i.test(message) || WAITING_REASON.test(message)
        ? 'failed'
        : undefined;
    case 'FailedSync':
      // Kubelets before 1.10 told pull errors in this event only.
      return WAITING_REASON.test(message) ? (message.includes('ErrImagePull') ? 'failed' : 'back-off') : undefined;
    default:
      return undefined;
  }
}

function readWaitingReason(kind: PullEventKind, reason: string, message: string): string | undefined {
  if (kind === 'back-off') return 'ImagePullBackOff';
  if (kind !== 'failed') return undefined;
  if (reason === 'ErrImageNeverPull') return 'ErrImageNeverPull';
  if (/^failed to apply default image tag/i.test(message)) return 'InvalidImageName';
  if (reason === 'InspectFailed' || reason === 'FailedToInspectImage') return 'ImageInspectError';
  return /^Error: (\w+)/.exec(message)?.[1] ?? 'ErrImagePull';
}

/** Three shapes: counted (`firstTimestamp`, `lastTimestamp`), new (`eventTime`) and new with a `series`. */
function readTimes(event: KubeEvent): {
  readonly firstAt: Instant | undefined;
  readonly lastAt: Instant | undefined;
  readonly count: number;
} {
  const firstAt =
    parseInstant(event.firstTimestamp) ??
    parseInstant(event.eventTime) ??
    parseInstant(event.lastTimestamp) ??
    parseInstant(event.metadata?.creationTimestamp);
  const lastAt = parseInstant(event.series?.lastObservedTime) ?? parseInstant(event.lastTimestamp) ?? firstAt;
  const count = event.series?.count ?? event.count ?? 1;
  return { firstAt, lastAt, count: Math.max(1, Math.floor(count)) };
}

function readTarget(fieldPath: string | undefined): { readonly list: string; readonly name: string } | undefined {
  const [, list, name] =
    /^spec\.(containers|initContainers|ephemeralContainers)\{([^}]+)\}$/.exec(fieldPath ?? '') ?? [];
  return list === undefined || name === undefined ? undefined : { list, name };
}

/** In one second (the resolution of event times) a pull is begun, fails or succeeds, then is waited for. */
const ORDER: Readonly<Record<PullEventKind, number>> = { secret: 0, attempt: 1, failed: 2, 'back-off': 3, pulled: 4 };

/** Oldest first by when each was seen last. */
export function compareEvents(a: ParsedPullEvent, b: ParsedPullEvent): number {
  return (a.lastAt ?? 0) - (b.lastAt ?? 0) || ORDER[a.kind] - ORDER[b.kind];
}
