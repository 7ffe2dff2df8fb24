import type { LabelTest } from './label-selector.ts';

/** What a run is about. Everything in it narrows the targets of the configuration; nothing adds to them. */
export interface RefreshRequest {
  /** `undefined` = all configured ones. */
  readonly clusters?: readonly string[] | undefined;
  readonly namespaces?: readonly string[] | undefined;
  readonly secrets?: readonly { readonly namespace: string; readonly name: string }[] | undefined;
  /** Over the labels of Secrets. One that is not there yet matches no selector and is not made. */
  readonly labels?: LabelTest | undefined;
  /** Reads and decides; asks for no token and writes nothing. */
  readonly isDryRun: boolean;
  /** Whatever its expiry says: a registry has just refused what is there. */
  readonly isForced: boolean;
}
