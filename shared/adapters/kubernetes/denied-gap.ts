import type { Gap } from '../../domain/pull-failure.ts';
import { redact } from '../../domain/redact.ts';
import { shellCommand } from '../../domain/shell.ts';

/** What a call wanted to do, in Kubernetes' own words. */
export interface AttemptedRead {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  /** With its API group where it has one: `deployments.apps`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** A 403 as a stated gap: what is not known, who was refused, and the command that grants exactly that. */
export function deniedGap(read: AttemptedRead, message: string): Gap {
  const user = /User "([^"]+)" cannot/.exec(message)?.[1];
  return {
    what: describeRead(read),
    why: redact(
      user === undefined ? `403: ${message.slice(0, 200)}` : `403: ${user} may not ${read.verb} ${read.resource} there`,
    ),
    command: user === undefined ? undefined : grantCommand(read, user),
  };
}

/** A kind that this API server does not serve. */
export function absentApiGap(read: AttemptedRead): Gap {
  return { what: describeRead(read), why: `404: the API server does not serve ${read.resource}` };
}

function describeRead({ verb, resource, namespace, name }: AttemptedRead): string {
  if (verb === 'list')
    return `${resource} ${namespace === undefined ? 'of the cluster' : `in ${namespace}`} could not be listed`;
  if (verb !== 'get') return `${resource} in ${namespace} could not be written`;
  const kind = resource.replace(/s$/, '');
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name} could not be read`;
}

/** A role for this one thing, bound to who was refused: as narrow as RBAC can say it. */
function grantCommand({ verb, resource, namespace, name }: AttemptedRead, user: string): string | undefined {
  const role = `pullmedic-${verb}-${resource.split('.')[0]}${name === undefined || namespace === undefined ? '' : `-${name}`}`;
  if (namespace === undefined) {
    return shellCommand`kubectl create clusterrole ${role} --verb=${verb} --resource=${resource} && kubectl create clusterrolebinding ${role} --clusterrole=${role} --user=${user}`;
  }
  if (name === undefined) {
    return shellCommand`kubectl create role ${role} --namespace=${namespace} --verb=${verb} --resource=${resource} && kubectl create rolebinding ${role} --namespace=${namespace} --role=${role} --user=${user}`;
  }
  return shellCommand`kubectl create role ${role} --namespace=${namespace} --verb=${verb} --resource=${resource} --resource-name=${name} && kubectl create rolebinding ${role} --namespace=${namespace} --role=${role} --user=${user}`;
}
