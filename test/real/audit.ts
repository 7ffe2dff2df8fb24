import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { callName } from './identity.ts';

/** One call to the API server, as its audit log has it. */
export interface AuditedCall {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly verb: string;
  /** `apps/deployments`, `pods`. */
  readonly what: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly code: number;
  /** What RBAC said; what it allows may still be refused, in a namespace that is being deleted for one. */
  readonly isAllowed: boolean;
  /** Field selector and page are part of it. */
  readonly uri: string;
}

interface AuditLine {
  readonly verb: string;
  readonly requestURI: string;
  readonly user?: { readonly username?: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Every call of one user, in the order of arrival. */
export async function readAudit(file: string, user: string): Promise<readonly AuditedCall[]> {
  const calls: AuditedCall[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!line.includes(user)) continue;
    const entry = JSON.parse(line) as AuditLine;
    if (entry.user?.username !== user) continue;
    calls.push({
      at: Date.parse(entry.requestReceivedTimestamp),
      verb: entry.verb,
      what: callName('', entry.objectRef?.apiGroup ?? '', entry.objectRef?.resource ?? entry.requestURI).trim(),
      namespace: entry.objectRef?.namespace,
      name: entry.objectRef?.name,
      code: entry.responseStatus?.code ?? 0,
      isAllowed: entry.annotations?.['authorization.k8s.io/decision'] === 'allow',
      uri: entry.requestURI,
    });
  }
  return calls.sort((a, b) => a.at - b.at);
}

/**
 * Calls of each look at a namespace. Looks at one scope never overlap (they hold a lease), so a call that was made
 * before begins the next one. A node has no namespace: with one node in the cluster it is one call a look, added here.
 */
export function callsPerLook(calls: readonly AuditedCall[], namespace: string): readonly (readonly string[])[] {
  const looks: string[][] = [];
  let current: string[] | undefined;
  for (const call of calls) {
    if (call.namespace !== namespace && !(call.what === 'namespaces' && call.name === namespace)) continue;
    // Writing the diagnosis as an Event is not part of looking.
    if (call.verb === 'create' || call.verb === 'patch' || call.verb === 'update') continue;
    const text = `${call.verb} ${call.what}${call.name === undefined ? '' : ` ${call.name}`}`;
    const page = new URL(call.uri, 'http://api').searchParams.has('continue');
    if (current === undefined || (current.includes(text) && !page)) {
      current = [];
      looks.push(current);
    }
    current.push(text);
  }
  return looks.map((look) => (look.length > 2 ? [...look, 'get nodes'] : look));
}
