import type { Applied, Change, SetImages, SilenceAlerts } from '../domain/remedy/change.ts';
import { describeWorkloadName } from './support/patch-target.ts';

/** What a change would do: one line of the dialog. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case 'set-images':
      return `${describeWorkloadName(change.workload)}: set ${imagesOf(change)}`;
    case 'set-pull-secrets':
      return `${describeWorkloadName(change.on)}: pull secrets ${names(change.before)} ─▶ ${names(change.after)}`;
    case 'delete-pod':
      return `delete pod ${change.namespace}/${change.name}, which never started (${change.controller} replaces it)`;
    case 'refresh-secret':
      return `${change.isMissing ? 'create' : 'refresh'} secret ${change.namespace}/${change.name} with a new token of ${change.identity} (target ${change.target})`;
    case 'silence-alerts':
      return `silence ${describeMatchers(change.matchers)} for ${span(change.minutes)} in ${change.alertmanager}`;
    case 'end-silence':
      return `end the silence in ${change.alertmanager}`;
  }
}

/** What was done, in honest verbs. */
export function describeDone(change: Change): string {
  switch (change.kind) {
    case 'set-images':
      return `set ${imagesOf(change)} in ${describeWorkloadName(change.workload)}`;
    case 'set-pull-secrets':
      return `set the pull secrets of ${describeWorkloadName(change.on)} to ${names(change.after)} (they were ${names(change.before)})`;
    case 'delete-pod':
      return `deleted pod ${change.namespace}/${change.name}, which never started (${change.controller} replaces it)`;
    case 'refresh-secret':
      return `${change.isMissing ? 'created' : 'refreshed'} secret ${change.namespace}/${change.name} with a token of ${change.identity} (target ${change.target})`;
    case 'silence-alerts':
      return `silenced ${describeMatchers(change.matchers)} for ${span(change.minutes)} in ${change.alertmanager}`;
    case 'end-silence':
      return `ended the silence in ${change.alertmanager}`;
  }
}

/** What became of a change, as one sentence. */
export function describeApplied(change: Change, applied: Applied): string {
  switch (applied.kind) {
    case 'done':
      if (applied.isUnanswered === true) {
        return `asked for a fresh token in ${objectOf(change)}, which has no answer yet`;
      }
      return describeDone(change);
    case 'already':
      return `${objectOf(change)} stood so already: nothing was changed`;
    case 'changed':
      return `${objectOf(change)} was changed meanwhile${applied.by === undefined ? '' : ` by ${applied.by}`} (${applied.found}): left alone`;
    case 'gone':
      return change.kind === 'delete-pod'
        ? `${objectOf(change)} was gone already`
        : `${objectOf(change)} is not there any more: nothing was changed`;
    case 'refused':
      return `the cluster refused to change ${objectOf(change)}: ${applied.why}`;
    case 'denied':
      return `pullmedic may not change ${objectOf(change)}: ${applied.why}${applied.command === undefined ? '' : `. To allow it: ${applied.command}`}`;
  }
}

/** What it is about, for a sentence. */
export function objectOf(change: Change): string {
  switch (change.kind) {
    case 'set-images':
      return describeWorkloadName(change.workload);
    case 'set-pull-secrets':
      return describeWorkloadName(change.on);
    case 'delete-pod':
      return `pod ${change.namespace}/${change.name}`;
    case 'refresh-secret':
      return `secret ${change.namespace}/${change.name}`;
    case 'silence-alerts':
    case 'end-silence':
      return `the silence in ${change.alertmanager}`;
  }
}

/** `alertname=ImagePull, namespace=shop`. */
export function describeMatchers(matchers: SilenceAlerts['matchers']): string {
  return matchers.map(({ name, value }) => `${name}=${value}`).join(', ');
}

function imagesOf({ containers }: SetImages): string {
  return containers
    .map(
      ({ name, isInit, before, after }) =>
        `${isInit ? 'init container' : 'container'} ${name} from ${before} to ${after}`,
    )
    .join(', ');
}

function names(list: readonly string[]): string {
  return list.length === 0 ? 'none' : list.join(', ');
}

function span(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
