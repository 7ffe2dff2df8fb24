/** Status words as net/http and registries print them, long enough to be told from prose. */
const STATUS_WORDS =
  'unauth|forbid|paymentreq|notfound|methodnot|proxyauth|requesttime|conflict|gone|toomany|unavailableforlegal|badrequest|preconditionf|teapot|internalserver|notimplemented|badgateway|serviceunav|gatewaytime|insufficientst|loopdetected|misdirected';
const NUMBER_AND_WORD = new RegExp(`(?:^|[^0-9a-z]|registry|status|code)([45]\\d\\d)[-(]?(?:${STATUS_WORDS})`, 'g');
const WORD_AND_NUMBER =
  /(?:status|statuscode|statuscodefromregistry|httpstatus|unexpectedstatus|receivedunexpectedhttpstatus|httpcode|returnederror|statuscode\[[^\]]{1,200}\])[:=]*(?:is|was|of)?([45]\d\d)(?!\d)/g;
/** The end of a text that was cut within its status, behind a URL or `[manifests v1]`. */
const AT_THE_END = /(?<=\]|https?:\/\/.{0,2000}):([45]\d\d)[a-z]{0,24}(?:\.{1,3}|…)?$/g;
/** Statuses of content delivery networks, which have no words of their own: 520 to 527 and 530. */
const OF_A_NETWORK = /status[^:]{0,60}https?:\/\/.{1,800}?:(52\d|530)(?!\d)/g;
/** The status line itself: `HTTP/2.0 403 Forbidden`. */
const STATUS_LINE = /http\/[123](?:\.[01])?([45]\d\d)(?!\d)/g;
/** dockerd: `error parsing HTTP 403 response body`. `API error (500)` is dockerd's own status, not the registry's. */
const IN_PROSE = /http([45]\d\d)(?:response|error|$)/g;

/**
 * The HTTP status that the error ends on.
 * @param squeezed compacted text, so that a line break inside the status makes no difference
 */
export function readHttpStatus(squeezed: string): number | undefined {
  const found = [NUMBER_AND_WORD, WORD_AND_NUMBER, IN_PROSE, AT_THE_END, OF_A_NETWORK, STATUS_LINE].flatMap((pattern) =>
    [...squeezed.matchAll(pattern)].map((match) => ({ index: match.index, status: Number(match[1]) })),
  );
  return found.sort((a, b) => b.index - a.index)[0]?.status;
}

/**
 * OCI distribution error codes and the words that registries and clients print for them, most exact first: `denied`
 * also stands beside others. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
const CODES: readonly (readonly [code: string, words: RegExp])[] = [
  ['TOOMANYREQUESTS', /toomanyrequests/],
  ['BLOB_UNKNOWN', /blob_?unknown|unknownblob/],
  ['MANIFEST_BLOB_UNKNOWN', /manifest_blob_unknown|manifestblobunknown/],
  ['MANIFEST_INVALID', /manifest_?invalid/],
  ['MANIFEST_UNKNOWN', /manifest_?unknown|:manif(?:e|es|est|estu|estun|estunk|estunkn|estunkno|estunknow)?$/],
  ['NAME_UNKNOWN', /name_?unknown|repositorynamenotknown/],
  ['NAME_INVALID', /name_?invalid:|\bname_invalid/],
  ['DIGEST_INVALID', /digest_invalid/],
  ['UNSUPPORTED', /(?:^|:)unsupported:/],
  ['DENIED', /(?:^|[:.}\]?/])denied(?:$|denied$|[:,.])|:access_?denied/],
  ['UNAUTHORIZED', /(?:^|[:.}\]?/]|denied)unauthorized(?::|\.?$)/],
];

/** @param squeezed compacted text */
export function readCode(squeezed: string): string | undefined {
  return CODES.find(([, words]) => words.test(squeezed))?.[0];
}

/** google.golang.org/grpc/codes, for old kubelets that print the number. */
const RPC_CODES: readonly string[] = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

/** The last `rpc error: code = X` of the line: wrappers repeat outwards. */
export function readRpcCode(line: string): string | undefined {
  const matches = [...line.matchAll(/\brp?c error:\s*code\s*=?\s*(\w{1,24})/gi)];
  const code = matches.at(-1)?.[1];
  if (code === undefined) return undefined;
  return /^\d+$/.test(code)
    ? RPC_CODES[Number(code)]
    : RPC_CODES.find((name) => name.toLowerCase() === code.toLowerCase());
}
