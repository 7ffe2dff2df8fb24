import type { Finding } from '../../domain/finding.ts';
import type { DiagnosedFailure } from '../../domain/incident/build-members.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { RemedyContext } from '../remedy.ts';

/** The failure that speaks for a member, with what is most probably wrong. */
export interface Lead {
  readonly failure: PullFailure;
  readonly best: Finding | undefined;
}

/** The one whose image and cause the message names: pods of an older bad revision may fail beside it. */
export function leadOf({ member, failures }: RemedyContext): Lead {
  const best = member.findings[0];
  const wanted = failures.filter(({ failure }) => failure.imageText === member.image);
  const lead =
    wanted.find(({ findings }) => findings[0]?.causeId === best?.causeId && findings[0]?.detail === best?.detail) ??
    wanted[0] ??
    (failures[0] as DiagnosedFailure);
  return { failure: lead.failure, best: best ?? lead.findings[0] };
}
