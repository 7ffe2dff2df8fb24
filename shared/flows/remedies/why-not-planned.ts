import { ClusterError, type PullmedicError } from '../../domain/errors.ts';

/** What the one who pressed is told of a plan that could not be made, and what would help. */
export function whyNotPlanned(error: PullmedicError): string {
  if (error instanceof ClusterError && error.status === 403) {
    const command = commandOf(error.cause);
    const or = command === undefined ? '' : `, or at least: ${command}`;
    return `The cluster does not let pullmedic’s remedy identity in there (${error.message}). Nothing was changed. To allow it, apply infra/kubernetes/overlays/remedy in that namespace${or}`;
  }
  if (error.retry === 'give-up') {
    return `It cannot be planned (${error.message}). Nothing was changed: pressing again will not help, the log of remedy-worker says more.`;
  }
  return `It could not be planned just now (${error.message}). Nothing was changed: press again in a minute.`;
}

/** A gap names the command that grants what is missing. */
function commandOf(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('command' in cause)) return undefined;
  return typeof cause.command === 'string' ? cause.command : undefined;
}
