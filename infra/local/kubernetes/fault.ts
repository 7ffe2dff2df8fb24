import type { Target } from './request.ts';

/** Makes the API fail for tests: all requests, or those that match. */
export interface ApiFault {
  readonly status?: number;
  /** Real milliseconds to hang before answering; with a status, that follows, else the normal answer. */
  readonly hangMs?: number;
  /** Close the connection instead of answering. */
  readonly isReset?: boolean;
  /** How many requests it concerns; all until it is taken back. */
  readonly times?: number;
  /** Only these; every given one must hold. `verb` as RBAC names it: get, list, watch, create, update, patch, delete. */
  readonly match?: {
    readonly verb?: string;
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
}

export function isMatching(fault: ApiFault, verb: string, target: Target | undefined): boolean {
  const { match } = fault;
  if (!match) return true;
  return (
    (match.verb === undefined || match.verb === verb) &&
    (match.resource === undefined || match.resource === target?.resource.plural) &&
    (match.namespace === undefined || match.namespace === target?.namespace) &&
    (match.name === undefined || match.name === target?.name)
  );
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The v1 Status that the real server sends with this code. */
export function faultStatus(
  status: number,
  verb: string,
  target: Target | undefined,
  user = 'system:serviceaccount:pullmedic:triage',
): unknown {
  const reason = REASONS[status] ?? 'Unknown';
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: status === 403 && target ? forbidden(verb, target, user) : reason,
    reason,
    ...(target && { details: { name: target.name, group: target.resource.group, kind: target.resource.plural } }),
    code: status,
  };
}

function forbidden(verb: string, { resource, namespace, name }: Target, user: string): string {
  const plural = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const what = name === undefined ? plural : `${plural} "${name}"`;
  return `${what} is forbidden: User "${user}" cannot ${verb} resource "${resource.plural}" in API group "${resource.group}" ${where}`;
}
