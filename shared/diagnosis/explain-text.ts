import { parseImageReference } from '../domain/image-reference.ts';
import type { Instant } from '../domain/instant.ts';
import { parsePullError } from '../domain/pull-error.ts';
import type { PullFailure } from '../domain/pull-failure.ts';
import { redact } from '../domain/redact.ts';

/** What somebody has of a failure when there is no cluster to ask. */
export interface BareText {
  readonly text: string;
  /** Event or waiting reason, such as `InspectFailed`. */
  readonly reason?: string | undefined;
  readonly image?: string | undefined;
}

/** A failure of which only the text is known: no pod, no secrets, no node. Causes then judge by the words alone. */
export function failureFromText({ text, reason, image }: BareText, observedAt: Instant): PullFailure {
  const error = parsePullError(text);
  const imageText = image === undefined ? error.image : redact(image);
  return {
    cluster: undefined,
    namespace: undefined,
    pod: undefined,
    container: undefined,
    imageText,
    image: imageText === undefined ? undefined : parseImageReference(imageText),
    reason,
    state: 'failing',
    error,
    otherErrors: [],
    events: [],
    firstFailedAt: undefined,
    lastFailedAt: undefined,
    tries: 0,
    pullSecrets: [],
    otherSecrets: [],
    serviceAccount: undefined,
    node: undefined,
    workload: undefined,
    peers: undefined,
    gaps: [],
    observedAt,
  };
}
