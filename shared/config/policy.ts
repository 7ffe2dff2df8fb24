import type { RemedyId } from '../domain/remedy/proposal.ts';

/** `advise`: told, not done · `ask`: a button · `auto`: done at once, told afterwards. */
export type RemedyMode = 'advise' | 'ask' | 'auto';

/** Who may let which remedy act where. The first rule that matches cluster, namespace and remedy decides. */
export interface PolicyRule {
  /** As the audit and the dialog name it. */
  readonly name: string;
  /** `undefined` = all. */
  readonly remedies: readonly RemedyId[] | undefined;
  readonly mode: RemedyMode;
  /** Names or globs; `undefined` = all. */
  readonly clusters: readonly string[] | undefined;
  readonly namespaces: readonly string[] | undefined;
  /** Slack ids. One of the three must match; a rule of mode `ask` without any of them allows nobody. */
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  /** Whoever presses in one of these channels (ids). */
  readonly channels: readonly string[];
  /** Whether guests of the workspace may, where they are listed. */
  readonly allowsGuests: boolean;
  /** Pods that one use may restart. */
  readonly maxPods: number;
  /** Whether the workload's name must be typed: never, for `dangerous` remedies, always. */
  readonly typedName: 'never' | 'dangerous' | 'always';
}

export interface PolicyConfig {
  /** `advise` turns every button and automatic remedy off at once; the refresh on its schedule goes on. */
  readonly mode: 'advise' | 'by-rule';
  readonly rules: readonly PolicyRule[];
  /** Argo CD applications (globs) whose sync is manual. */
  readonly argoCdManualSync: readonly string[];
}
