import type { Caller } from './kubectl.ts';

export const TRIAGE: Caller = { user: 'system:serviceaccount:pullmedic:pullmedic-triage' };
export const REFRESH: Caller = { user: 'system:serviceaccount:pullmedic:pullmedic-refresh' };
export const REMEDY: Caller = { user: 'system:serviceaccount:pullmedic:pullmedic-remedy' };

/** As an EKS access entry maps a role: a name of its own, known by its group. */
export const EKS_REMEDY: Caller = { user: 'pullmedic-on-eks', groups: ['pullmedic:remedy'] };
export const EKS_TRIAGE: Caller = { user: 'pullmedic-on-eks', groups: ['pullmedic:triage'] };

/** Somebody who may do anything in the two namespaces, and no more than a namespace's owner elsewhere. */
export const DEVELOPER: Caller = { user: 'jane@example.com', groups: ['guard-developers'] };
/** A namesake in another namespace: the policies are not for it. */
export const NAMESAKE: Caller = { user: 'system:serviceaccount:guard-a:pullmedic-remedy' };
