export { parsePullError } from './pull-error/parse.ts';

/** Which step of a pull the text speaks of; `undefined` where it does not say. */
export type PullStage = 'parse' | 'secret' | 'resolve' | 'authorize' | 'fetch' | 'unpack' | 'runtime' | 'policy';

/**
 * Who did not answer, or answered the error: `resolver` for whatever follows `lookup HOST`, `proxy` for whatever follows
 * `proxyconnect`, `runtime` for a CRI socket, `mirror` where the request says that it stands for another registry.
 */
export type PullPeer = 'registry' | 'resolver' | 'proxy' | 'token-service' | 'mirror' | 'runtime';

/** The runtime's error text, parsed as far as it can be. `raw` is always kept (its first 16 KiB, redacted). */
export interface PullError {
  readonly raw: string;
  readonly stage: PullStage | undefined;
  /** Image reference that the text names, verbatim. */
  readonly image: string | undefined;
  /** Host that the failing request went to, with its port: may be a token service, a mirror or a blob store. */
  readonly host: string | undefined;
  readonly url: string | undefined;
  readonly httpStatus: number | undefined;
  /** OCI distribution error code, such as `MANIFEST_UNKNOWN`, upper case. */
  readonly code: string | undefined;
  /** gRPC code of the CRI call, such as `NotFound`. */
  readonly rpcCode: string | undefined;
  /** The kubelet joins one error per credential as `[a, b]`: the parts, else the single text. */
  readonly parts: readonly string[];
  /** All of it in one line, white space folded, wrappers (`Failed to pull image …:`, `rpc error: …`) removed. */
  readonly text: string;
  /** Who failed, where the text speaks of a request. */
  readonly peer?: PullPeer | undefined;
}
