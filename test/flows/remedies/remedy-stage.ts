import { createSqliteRecordStore } from '../../../shared/adapters/sqlite/sqlite-record-store.ts';
import { parseDialogState } from '../../../shared/chat/slack/dialog-state.ts';
import type { PolicyRule } from '../../../shared/config/policy.ts';
import type { LoadedIncident } from '../../../shared/domain/incident.ts';
import type { RefreshJob } from '../../../shared/domain/jobs.ts';
import type { Pod, Workload } from '../../../shared/domain/kubernetes.ts';
import type { Applied, ClusterChange } from '../../../shared/domain/remedy/change.ts';
import type { Offer } from '../../../shared/domain/remedy/offer.ts';
import type { RemedyId } from '../../../shared/domain/remedy/proposal.ts';
import { imagesStand, podStands, pullSecretsStand } from '../../../shared/domain/remedy/stands-as.ts';
import { createRecordRemedyStore } from '../../../shared/flows/record-remedy-store.ts';
import { type RemedyDeps, runRemedy } from '../../../shared/flows/run-remedy.ts';
import type { DialogView } from '../../../shared/ports/dialogs.ts';
import { ALICE, offerOf, ruleOf } from '../../support/remedy-builders.ts';
import type { FakeCluster } from '../fake-cluster.ts';
import { addFailing, deployment, replicaSet, runningPod } from '../kube-objects.ts';
import { type LookStage, openStage, START } from '../look-stage.ts';

export const IMAGE = 'registry.example.com/shop/web';
export const RULE = ruleOf({ name: 'shop may', namespaces: ['shop'], users: ['U1'], maxPods: 10, typedName: 'never' });

/** A registry that is busy just now: the remedy is to try again. */
export const busyText = (image: string) =>
  `Failed to pull image "${image}": failed to resolve reference "${image}": unexpected status from HEAD request to https://registry.example.com/v2/shop/web/manifests/v2: 503 Service Unavailable`;

/** A changer over the fake cluster that keeps the port's promises, and counts what it really changes. */
function createFakeChanger(cluster: FakeCluster, now: () => number) {
  const made: string[] = [];
  /** What the server says instead. */
  const faults: { answer?: ((change: ClusterChange) => Applied | undefined) | undefined } = {};

  async function apply(change: ClusterChange, { isDryRun }: { readonly isDryRun: boolean }): Promise<Applied> {
    const fault = faults.answer?.(change);
    if (fault !== undefined) return fault;
    const target = change.kind === 'delete-pod' ? change : change.kind === 'set-images' ? change.workload : change.on;
    const same = ({ metadata }: Pod | Workload) =>
      metadata?.namespace === target.namespace && metadata.name === target.name;
    const object: object | undefined =
      change.kind === 'delete-pod'
        ? cluster.pods.find(same)
        : cluster.workloads.find((one) => one.kind === (target as { kind: string }).kind && same(one));
    if (object === undefined) return change.kind === 'delete-pod' ? { kind: 'already', at: now() } : { kind: 'gone' };
    const standing =
      change.kind === 'delete-pod'
        ? podStands(object as Pod, change)
        : change.kind === 'set-images'
          ? imagesStand(object as Workload, change)
          : pullSecretsStand(object as Workload, change);
    if (standing === 'after') return { kind: 'already', at: now() };
    if (standing !== 'before') return { kind: 'changed', ...standing };
    if (isDryRun) return { kind: 'done', at: now() };
    made.push(`${change.kind} ${target.namespace}/${target.name}`);
    if (change.kind === 'delete-pod') cluster.pods = cluster.pods.filter((pod) => pod !== object);
    if (change.kind === 'set-images') {
      const containers = (object as Workload).spec?.template?.spec?.containers ?? [];
      for (const { name, after } of change.containers) {
        Object.assign(containers.find((one) => one.name === name) ?? {}, { image: after });
      }
    }
    return { kind: 'done', at: now() };
  }
  return { apply, made, faults };
}

export interface RemedyStage {
  readonly looks: LookStage;
  readonly deps: RemedyDeps;
  /** What was really changed, in order. */
  readonly made: readonly string[];
  readonly faults: ReturnType<typeof createFakeChanger>['faults'];
  /** What each dialog shows. */
  readonly views: Map<string, DialogView>;
  readonly refreshes: RefreshJob[];
  readonly counted: string[];
  incident(): Promise<LoadedIncident>;
  offer(): Promise<Offer>;
  /** Puts an offer of that remedy there, presses it, and gives the hash of the plan that the dialog shows. */
  press(remedyId: RemedyId, parts?: Partial<Offer>): Promise<string | undefined>;
  /** Confirms it, as slack-actions does. */
  claim(planHash: string, at?: number): Promise<void>;
  /** The worker comes, as that message. */
  work(holder?: string, deps?: RemedyDeps): Promise<void>;
  /** All text of a dialog. */
  said(viewId?: string): string;
}

/** A namespace with a broken rollout, a look behind it, and the worker with a changer that can fail. */
export async function openRemedyStage(
  options: {
    readonly text?: (image: string) => string;
    readonly rules?: readonly PolicyRule[];
    readonly pods?: number;
  } = {},
): Promise<RemedyStage> {
  const looks = openStage();
  const { cluster, deps: lookDeps } = looks;
  Object.assign(lookDeps.config, { policy: { mode: 'by-rule', rules: options.rules ?? [RULE], argoCdManualSync: [] } });
  Object.assign(lookDeps.config, { slack: {} });
  fill(cluster, options.pods ?? 1, options.text ?? ((image) => `${image}: not found`));
  await looks.look('shop');

  const records = createSqliteRecordStore({ db: looks.database, clock: lookDeps.clock });
  const remedies = createRecordRemedyStore(records);
  const changer = createFakeChanger(cluster, looks.now);
  const views = new Map<string, DialogView>();
  const refreshes: RefreshJob[] = [];
  const counted: string[] = [];
  const incident = async () => (await looks.incidents('shop'))[0] as LoadedIncident;
  const deps: RemedyDeps = {
    ...lookDeps,
    remedies,
    clusters: { reader: async () => cluster, changer: async () => changer },
    silencer: {
      silence: async () => ({ kind: 'done', at: looks.now(), id: 's1' }),
      end: async () => ({ kind: 'done', at: looks.now() }),
    },
    dialogs: {
      open: async () => ({ viewId: 'V1' }),
      update: async (viewId, view) => {
        views.set(viewId, view);
        return 'done';
      },
      tell: async () => {},
      user: async () => ({ teamId: 'T1', name: 'alice', isGuest: false, isStranger: false }),
      groupMembers: async () => [],
      ownTeam: async () => 'T1',
    },
    refreshQueue: {
      send: async (job) => void refreshes.push(job),
      sendAll: async (jobs) => void refreshes.push(...jobs.map(({ job }) => job)),
    },
    metrics: {
      count: (name, _value, dimensions) => void counted.push([name, ...Object.values(dimensions ?? {})].join(' ')),
    },
    holder: 'message-1',
    pause: async () => {},
  };

  return {
    looks,
    deps,
    made: changer.made,
    faults: changer.faults,
    views,
    refreshes,
    counted,
    incident,
    async offer() {
      const found = await remedies.offer('offer-1');
      if (found === undefined) throw new Error('no offer');
      return found;
    },
    async press(remedyId, parts = {}) {
      const { incident: of } = await incident();
      await remedies.ensureOffers([offerOf(looks.now(), { incidentId: of.id, cluster: 'prod', remedyId, ...parts })]);
      const job = {
        kind: 'plan',
        viewId: 'V1',
        by: ALICE,
        channelId: 'C1',
        choice: undefined,
        at: looks.now(),
      } as const;
      await runRemedy({ ...job, offerId: parts.id ?? 'offer-1' }, deps);
      return parseDialogState(views.get('V1')?.state ?? '')?.planHash;
    },
    async claim(planHash, at = looks.now()) {
      const found = await remedies.offer('offer-1');
      if (found === undefined) throw new Error('no offer');
      const { version, ...offer } = found;
      const claim = { by: ALICE, at, planHash, choice: undefined, rule: 'shop may', viewId: 'V1', channelId: 'C1' };
      await remedies.saveOffer({ ...offer, state: 'claimed', claim }, version, at + 60_000);
    },
    work: (holder = 'message-1', given = deps) =>
      runRemedy({ kind: 'apply', offerId: 'offer-1', at: looks.now() }, { ...given, holder }),
    said: (viewId = 'V1') => JSON.stringify(views.get(viewId)),
  };
}

/** `web` runs v1 with one pod; its rollout to v2 is stuck, each new pod on a node of its own. */
function fill(cluster: FakeCluster, pods: number, text: (image: string) => string): void {
  const base = { namespace: 'shop', deployment: 'web' };
  const [good, bad] = [`${IMAGE}:v1`, `${IMAGE}:v2`];
  cluster.namespaces.push({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  cluster.workloads.push(
    deployment({ namespace: 'shop', name: 'web', image: bad, desired: pods + 1, available: 1, updated: pods }),
    replicaSet({ ...base, hash: 'old01', revision: 1, image: good, desired: 1, available: 1, at: START - 3_600_000 }),
    replicaSet({ ...base, hash: 'new01', revision: 2, image: bad, desired: pods, available: 0, at: START - 300_000 }),
  );
  cluster.pods.push(
    runningPod({ ...base, name: 'web-old01-a', image: good, at: START - 3_600_000, hash: 'old01', node: 'node-0' }),
  );
  for (let n = 1; n <= pods; n += 1) {
    const pod = addFailing(
      cluster,
      { ...base, name: `web-new01-${n}`, image: bad, at: START - 120_000, hash: 'new01', node: `node-${n}` },
      text(bad),
    );
    Object.assign(pod.metadata ?? {}, { resourceVersion: String(n) });
  }
}
