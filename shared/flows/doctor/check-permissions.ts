import pLimit from 'p-limit';
import type { Check } from '../../domain/doctor/check.ts';
import { EXCESS_RIGHTS } from '../../domain/excess-rights.ts';
import type { Permission } from '../../domain/permissions.ts';
import { shellCommand } from '../../domain/shell.ts';
import type { AccessQuestion, ClusterInspector } from '../../ports/inspection.ts';
import { attempt } from './attempt.ts';
import { type ClusterUse, subjectOf } from './cluster-use.ts';
import type { DoctorDeps } from './doctor-deps.ts';
import { type Asked, namespacesToAsk, neededRights } from './needed-rights.ts';

const CONCURRENCY = 8;
/** Commands for more namespaces than these help nobody. */
const MAX_COMMANDS = 5;

type Allowed = (question: AccessQuestion) => Promise<boolean>;

/** Every right that the identities use is asked for, and some that none of them needs. */
export async function checkPermissions(
  use: ClusterUse,
  inspector: ClusterInspector,
  deps: DoctorDeps,
): Promise<readonly Check[]> {
  const line = { area: 'cluster', subject: `${subjectOf(use)}: permissions` } as const;
  const limit = pLimit(CONCURRENCY);
  const known = new Map<string, Promise<boolean>>();
  const allowed: Allowed = (question) => {
    const key = JSON.stringify(question);
    const asked = known.get(key) ?? limit(() => inspector.isAllowed(question));
    known.set(key, asked);
    return asked;
  };

  const judged = await attempt(async () => {
    const live = (await inspector.namespaces()) ?? (await namespacesByTriage(use, deps));
    const asked = neededRights(use, live, deps.config);
    const isAdmin = await allowed(EVERYTHING);
    const answers = await Promise.all(asked.map(async (one) => ({ ...one, isAllowed: await allowed(one.question) })));
    const missing = answers.filter(({ isAllowed }) => !isAllowed);
    return [
      ...(missing.length > 0 ? missingLines(missing) : [nothingMissing(answers.length)]),
      ...(isAdmin ? [] : await secretLines(use, live, deps, allowed)),
      ...(await excessLines(isAdmin, allowed)),
    ];
  }, deps.limitMs);
  if (!judged.ok) return [{ ...line, outcome: 'fail', seen: judged.why, advice: 'try again: the API server is slow' }];
  return judged.value.map((one) => ({ ...line, ...one }));
}

/** Only triage may list namespaces, and a policy may name them by globs. */
async function namespacesByTriage(
  { cluster, identities }: ClusterUse,
  deps: DoctorDeps,
): Promise<readonly string[] | undefined> {
  if (identities.includes('triage')) return undefined;
  const read = await attempt(
    async () => (await deps.inspectCluster(cluster.name, 'triage')).namespaces(),
    deps.limitMs,
  );
  return read.ok ? read.value : undefined;
}

function nothingMissing(asked: number): Judged {
  return asked === 0
    ? { outcome: 'skipped', seen: 'the configuration names no namespace in which it would act' }
    : { outcome: 'ok', seen: `may do all that it must (${asked} rights asked for)` };
}

const EVERYTHING: AccessQuestion = { verb: '*', group: '*', resource: '*' };

type Judged = Pick<Check, 'outcome' | 'seen' | 'advice' | 'commands'>;

/** One line for each row of the table, however many namespaces and verbs of it are missing. */
function missingLines(missing: readonly Asked[]): readonly Judged[] {
  return [...Map.groupBy(missing, ({ permission }) => permission)].map(([permission, asked]) => {
    const rights = [...new Set(asked.map(({ question }) => `${question.verb} ${qualified(question)}`))].join(', ');
    const namespaces = [...new Set(asked.flatMap(({ question }) => question.namespace ?? []))];
    const where = permission.scope === 'cluster' ? 'in the whole cluster' : `in ${listed(namespaces)}`;
    return {
      outcome: permission.need.kind === 'events' ? 'warn' : 'fail',
      seen: `may not ${rights} ${where}: ${permission.without}`,
      advice: 'grant it',
      commands: grants(permission, namespaces),
    };
  });
}

function grants({ overlay, scope }: Permission, namespaces: readonly string[]): readonly string[] {
  const folder = `infra/kubernetes/${overlay}`;
  if (scope === 'cluster') return [`kubectl apply --server-side --kustomize ${folder}`];
  return namespaces.slice(0, MAX_COMMANDS).flatMap((namespace) => {
    const begin = shellCommand`kubectl apply --server-side --namespace ${namespace}`;
    return begin === undefined ? [] : [`${begin} --kustomize ${folder}`];
  });
}

/** Reading pull secrets is left to each namespace: it is told how far it goes, and missing only where it is nowhere. */
async function secretLines(
  use: ClusterUse,
  live: readonly string[] | undefined,
  { config }: DoctorDeps,
  allowed: Allowed,
): Promise<readonly Judged[]> {
  if (!use.identities.includes('triage')) return [];
  const namespaces = namespacesToAsk(live, config, use.cluster.name);
  if (namespaces.length === 0) return [];
  const answers = await Promise.all(
    namespaces.map((namespace) => allowed({ verb: 'get', group: '', resource: 'secrets', namespace })),
  );
  const may = namespaces.filter((_, index) => answers[index]);
  const not = namespaces.filter((_, index) => !answers[index]);
  if (not.length === 0) return [{ outcome: 'ok', seen: `may read pull secrets in ${listed(may)}` }];
  if (may.length > 0) {
    return [{ outcome: 'ok', seen: `may read pull secrets in ${listed(may)}; not in ${listed(not)}` }];
  }
  return [
    {
      outcome: 'warn',
      seen: `may read pull secrets in none of ${listed(not)}: an expired or wrong one is guessed, not proven`,
      advice: 'bind it in the namespaces that pull with secrets',
      commands: [
        'kubectl apply --server-side --namespace <namespace> --kustomize infra/kubernetes/overlays/read-secrets',
      ],
    },
  ];
}

async function excessLines(isAdmin: boolean, allowed: Allowed): Promise<readonly Judged[]> {
  const [everything, ...others] = EXCESS_RIGHTS;
  const rights = isAdmin && everything !== undefined ? [everything] : others;
  const answers = await Promise.all(rights.map(({ verb, group, resource }) => allowed({ verb, group, resource })));
  const found = rights.filter((_, index) => answers[index]);
  if (found.length === 0) return [];
  const words = found.map((right) => `${isAdmin ? 'everything' : `${right.verb} ${qualified(right)}`} (${right.harm})`);
  return [
    {
      outcome: 'warn',
      seen: `may do more in the whole cluster than it needs: ${words.join(', ')}`,
      advice: 'use the identities of infra/kubernetes, and take the bindings away that grant more',
      commands: ['kubectl get clusterrolebindings -o wide'],
    },
  ];
}

function qualified({ group, resource }: { readonly group: string; readonly resource: string }): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** `a, b, c and 4 more`. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_COMMANDS).join(', ');
  const left = names.length - MAX_COMMANDS;
  return left > 0 ? `${shown} and ${left} more` : shown;
}
