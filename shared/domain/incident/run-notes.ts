import type { IncidentNote, Member } from '../incident.ts';
import type { RemedyRun } from '../remedy/run.ts';
import { workloadKey } from './member-key.ts';
import { count } from './notes.ts';

/** Who used it: `alice`, or pullmedic where a rule of mode `auto` did. */
export function userOf({ by }: Pick<RemedyRun, 'by'>): string {
  return by === 'policy' ? 'pullmedic by itself' : by.name;
}

/** Who did what when, told in the thread once. */
export function didNote(run: RemedyRun): IncidentNote {
  const { offerId, label, did, why, rule } = run;
  const done = did.length === 0 ? '' : `: ${did.join('; ')}`;
  const text =
    run.state === 'stopped'
      ? `${userOf(run)} used “${label}”, and it stopped${why === undefined ? '' : `: ${why}`}${did.length === 0 ? '' : `; done before${done}`}`
      : `${userOf(run)} used “${label}”${done}. Allowed by rule ${rule}`;
  return { key: `remedy/${offerId}/did`, at: run.appliedAt ?? run.endedAt ?? run.startedAt, kind: 'remedy', text };
}

/** How it ended, told in the thread once. */
export function outcomeNote(run: RemedyRun, before: RemedyRun, members: readonly Member[]): IncidentNote {
  const { offerId, state, label, why, endedAt, startedAt } = run;
  return {
    key: `remedy/${offerId}/${state}`,
    at: endedAt ?? startedAt,
    kind: 'remedy',
    text: outcomeText(),
  };

  function outcomeText(): string {
    const named = `“${label}” by ${userOf(run)}`;
    switch (state) {
      case 'verified': {
        const isLate = before.state === 'no-help' ? 'helped after all: ' : '';
        const { took, pods } = describeFix(run, members);
        return `${isLate}fixed in ${took}: ${pods} (${named})`;
      }
      case 'no-help':
        return `${named} did not help: now ${why ?? 'as before'}`;
      case 'put-back':
        return `${why ?? 'somebody'}: what ${named} had set does not stand. Change it in Git, or where that writer takes it from`;
      default:
        return `${named}: ${state}`;
    }
  }
}

/** `41 s`, and `17 of 17 pods`. The minute in which it is watched does not count. */
export function describeFix(
  run: RemedyRun,
  members: readonly Member[],
): { readonly took: string; readonly pods: string } {
  const seconds = Math.max(1, Math.round(((run.ranAt ?? run.endedAt ?? run.startedAt) - run.startedAt) / 1_000));
  const { running, wanted } = countPods(run, members);
  const took = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return { took, pods: `${running} of ${count(wanted, 'pod')}` };
}

/** Pods of its members that run, of those that are wanted (of what was deleted none); containers of one workload share their pods. */
export function countPods(
  run: Pick<RemedyRun, 'members'>,
  members: readonly Member[],
): { readonly running: number; readonly wanted: number } {
  const own = members.filter(({ key, state }) => state !== 'gone' && run.members.includes(key));
  const workloads = Map.groupBy(own, workloadKey);
  let up = 0;
  let wanted = 0;
  for (const group of workloads.values()) {
    const desired = Math.max(
      ...group.map(({ rollout, failingPods, runningPods }) => rollout?.desired ?? failingPods + runningPods),
    );
    const running = Math.min(
      ...group.map(({ state, failingPods, runningPods }) =>
        state === 'failing' ? desired - failingPods : runningPods,
      ),
    );
    up += Math.max(0, Math.min(running, desired));
    wanted += desired;
  }
  return { running: up, wanted };
}
