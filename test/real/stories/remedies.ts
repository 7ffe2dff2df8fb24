import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GOOD, goodSecret, pullSecret, refreshed, workload } from '../cases/objects.ts';
import { BOB, type Confirmed } from '../clicker.ts';
import { EXPIRING_ECR_HOST } from '../ecr-registry.ts';
import { applyOverlay } from '../identity.ts';
import { openDoor } from '../open-door.ts';
import { until } from '../processes.ts';
import { namespaceOf, type Universe } from '../universe.ts';
import { needsRegistries, type Story, story, untilNodeIsSettled } from './story.ts';

/** The clock starts at the confirmation; the images are small. */
const RUNS_WITHIN_MS = 15_000;
const GREEN_WITHIN_SECONDS = 150;
/** The node takes loopback registries without TLS; nothing else uses this port on the testbed. */
const CLOSED_PORT = 5_013;
/** Each story has a repository of its own: the same one failing in five namespaces would be one incident. */
function repositoryOf({ namespace }: Pick<Context, 'namespace'>): string {
  return `registry.example.com/web/${namespace.replace(/^e2e-/, '')}`;
}

/** Set in motion once the first wave of failures is over: a node of this size starts so many pods and no more. */
const AFTER_THE_WAVE_MS = 320_000;
export const ADVISED_NAMESPACE = 'remedy-refresh';
export const ADVISED_SECRET = 'ecr-creds';
/** Deletes and patches as the remedy identity may; reads the secrets that failing pods name. */
const OVERLAYS = ['remedy', 'read-secrets'];

/** One remedy on the real cluster: broken, told, clicked, run, proven. */
interface RemedyCase {
  readonly name: string;
  readonly label: RegExp;
  readonly choice?: RegExp;
  /** Makes it fail. */
  fail(context: Context): Promise<void>;
  /** Whether waiting may heal it: it is told after its grace, with a button that helps once the cause is gone. */
  readonly mayHeal?: boolean;
  /** Once the button is there and before it is pressed. */
  beforeClick?(context: Context): Promise<void>;
  /** What must hold once it runs. @throws {Error} with what does not */
  check?(context: Context, confirmed: Confirmed): Promise<void>;
}

interface Context {
  readonly universe: Universe;
  readonly namespace: string;
}

/** Nothing to wait for where few cases run. */
export async function afterTheWave({ options, isCrowded, nodeCreatedAt }: Universe): Promise<void> {
  if (!isCrowded) return;
  await sleep(Math.max(0, nodeCreatedAt + AFTER_THE_WAVE_MS * options.timeScale - Date.now()));
}

/** A Deployment that served with a good image and was given a bad one. */
async function rollOut(
  { universe, namespace }: Context,
  good: string,
  bad: string,
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' = 'Deployment',
): Promise<void> {
  const { kubectl, watch } = universe;
  const more = { name: 'shop', ...(kind !== 'DaemonSet' && { replicas: 2 }) };
  await kubectl.apply(namespace, [workload(kind, good, more)]);
  await until('the good revision runs', 60, () => watch.see(namespace).runningSince);
  watch.forget(namespace);
  await kubectl.apply(namespace, [workload(kind, bad, more)]);
}

async function imageOf({ universe, namespace }: Context, kind = 'Deployment'): Promise<string> {
  const path = 'jsonpath={.spec.template.spec.containers[0].image}';
  return universe.kubectl.run('get', kind, 'shop', '-n', namespace, '-o', path);
}

async function expectImage(context: Context, expected: string, kind?: string): Promise<void> {
  const image = await imageOf(context, kind);
  if (image !== expected) throw new Error(`the image is ${image}, not ${expected}`);
}

const CASES: readonly RemedyCase[] = [
  {
    name: 'remedy-roll-back',
    label: /^Roll back/,
    fail: (context) => rollOut(context, `${repositoryOf(context)}:v1.2.2`, `${repositoryOf(context)}:v9.9.9`),
    check: (context) => expectImage(context, `${repositoryOf(context)}:v1.2.2`),
  },
  {
    name: 'remedy-correct-image',
    label: /^Use /,
    choice: /v1\.2\.3/,
    fail: (context) => rollOut(context, GOOD, `${repositoryOf(context)}:v1.2.33`),
    check: (context) => expectImage(context, `${repositoryOf(context)}:v1.2.3`),
  },
  ...(['StatefulSet', 'DaemonSet'] as const).map(
    (kind): RemedyCase => ({
      name: `remedy-${kind.toLowerCase()}`,
      label: /^Use /,
      choice: /v1\.2\.3/,
      fail: (context) => rollOut(context, GOOD, `${repositoryOf(context)}:v1.2.33`, kind),
      check: (context) => expectImage(context, `${repositoryOf(context)}:v1.2.3`, kind),
    }),
  ),
  {
    name: 'remedy-pin-digest',
    label: /^Pin /,
    async fail(context) {
      const { universe, namespace } = context;
      const { kubectl, watch, options } = universe;
      const manifest = workload('Deployment', `${repositoryOf(context)}:v1.2.2`, {
        name: 'shop',
        replicas: 1,
        policy: 'Always',
      });
      await kubectl.apply(namespace, [manifest]);
      await until('the first pod runs', 60, () => watch.see(namespace).runningSince);
      // The tag is taken away and the manifest stays, as a registry does that removes old tags.
      const repositories = join(dirname(options.registryCa ?? ''), 'registry/docker/registry/v2/repositories');
      rmSync(join(repositories, 'web/remedy-pin-digest/_manifests/tags/v1.2.2'), { recursive: true });
      watch.forget(namespace);
      await kubectl.run('scale', 'deployment', 'shop', '-n', namespace, '--replicas=2');
    },
    async check(context) {
      const image = await imageOf(context);
      if (!/^registry\.example\.com\/web\/remedy-pin-digest@sha256:[0-9a-f]{64}$/.test(image))
        throw new Error(`the image is ${image}, not a digest`);
    },
  },
  {
    name: 'remedy-attach-secret',
    label: /^Attach /,
    async fail({ universe, namespace }) {
      const image = 'private.example.com/team/secret-app:v1';
      // A neighbour that pulls with it is how pullmedic knows the secret: it may list none.
      await universe.kubectl.apply(namespace, [
        goodSecret('regcred'),
        workload('Deployment', image, { name: 'neighbour', secrets: ['regcred'] }),
        workload('Deployment', image, { name: 'shop', replicas: 3 }),
      ]);
    },
    async check({ universe, namespace }) {
      const path = 'jsonpath={.imagePullSecrets[*].name}';
      const names = await universe.kubectl.run('get', 'serviceaccount', 'default', '-n', namespace, '-o', path);
      if (!names.split(' ').includes('regcred')) throw new Error(`the service account names ${names || 'no secret'}`);
    },
  },
  {
    name: ADVISED_NAMESPACE,
    label: /^Refresh /,
    async fail({ universe, namespace }) {
      const { kubectl, ecr } = universe;
      if (ecr === undefined) throw new Error('there is no ECR in this run');
      await applyOverlay(kubectl, namespace, 'refresh');
      const secret = pullSecret(ADVISED_SECRET, EXPIRING_ECR_HOST, 'AWS', ecr.passwordUntil(Date.now() - 60_000));
      const image = `${EXPIRING_ECR_HOST}/web/storefront:v1.2.3`;
      await kubectl.apply(namespace, [
        refreshed(secret),
        workload('Deployment', image, { name: 'shop', replicas: 2, secrets: [ADVISED_SECRET] }),
      ]);
    },
  },
  {
    name: 'remedy-retry-now',
    label: /^Retry /,
    async fail({ universe, namespace }) {
      const { kubectl, watch } = universe;
      // On a younger node the message would come later.
      await untilNodeIsSettled(universe);
      const image = `127.0.0.1:${CLOSED_PORT}/team/app:v1`;
      await kubectl.apply(namespace, [workload('Deployment', image, { name: 'shop', replicas: 7 })]);
      await until('its pods fail', 30, () => watch.see(namespace).reasons.get('ErrImagePull'));
    },
    mayHeal: true,
    // The registry is back; the kubelet's back-off has grown to minutes by now.
    async beforeClick({ universe }) {
      const door = await openDoor(CLOSED_PORT);
      universe.closing.push(() => door.close());
    },
    async check({ universe, namespace }, { confirmedAt }) {
      const deleted = await universe.deletedBy('pullmedic-remedy', namespace, confirmedAt);
      if (deleted !== 1) throw new Error(`${deleted} pods were deleted for 7 stuck ones on one node, not 1`);
    },
  },
];

/** Each remedy is clicked with signed requests and done as the remedy identity; then the pods really run. */
export const remedyStories: readonly Story[] = CASES.map((one) =>
  story(
    one.name,
    [one.name],
    async (universe, problems, tell) => {
      const { kubectl, watch, slack, clicker, channelOf } = universe;
      const namespace = namespaceOf(one.name);
      const context: Context = { universe, namespace };
      for (const overlay of OVERLAYS) await applyOverlay(kubectl, namespace, overlay);
      if (one.mayHeal !== true) await afterTheWave(universe);
      const startedAt = Date.now();
      await one.fail(context);
      const failed = await until('it fails', 60, () => {
        const reasons = [...watch.see(namespace).reasons];
        return reasons.find(([reason]) => /ErrImage|ImagePull/.test(reason))?.[1];
      });
      tell({ fails: { text: 'ErrImagePull', seconds: Math.max(0, failed - startedAt) / 1_000 } });
      const graceSeconds = one.mayHeal === true ? 420 * universe.options.timeScale : 0;
      await clicker.untilOffered(channelOf(namespace), one.label, 60 + graceSeconds);
      await one.beforeClick?.(context);
      const confirmed = await clicker.confirm({
        channel: channelOf(namespace),
        label: one.label,
        typedName: 'shop',
        ...(one.choice && { choice: one.choice }),
      });
      const first = slack.firstPost(channelOf(namespace));
      tell({ message: { text: `${first?.text ?? ''}; dialog ${confirmed.dialog.slice(0, 160)}` } });
      const ran = await until('it runs', 90, () => {
        const since = watch.see(namespace).runningSince;
        return since !== undefined && since >= confirmed.confirmedAt ? since : undefined;
      });
      const tookMs = ran - confirmed.confirmedAt;
      if (tookMs > RUNS_WITHIN_MS) problems.push(`it ran only ${tookMs / 1_000} s after the confirmation`);
      await one.check?.(context, confirmed);
      const green = await until('the message says that it runs', GREEN_WITHIN_SECONDS, () =>
        slack.changes(channelOf(namespace)).findLast(({ kind, text }) => kind !== 'reply' && text.startsWith('🟢')),
      );
      tell({
        recovered: { text: `confirmed ─▶ runs; then: ${green.text}`, seconds: tookMs / 1_000 },
        cause: { text: one.name.replace('remedy-', '') },
        alert: { text: 'whichever came first, alert or sweep' },
      });
    },
    needsRegistries,
  ),
);

const REFUSED = 'remedy-not-granted';

/** Where the remedy identity is bound nowhere, the dialog says so, with the command; and who may not is told who may. */
export const remedyRefused = story(
  REFUSED,
  [REFUSED],
  async (universe, problems, tell) => {
    const { clicker, channelOf } = universe;
    const namespace = namespaceOf(REFUSED);
    await afterTheWave(universe);
    const repository = repositoryOf({ namespace });
    await rollOut({ universe, namespace }, `${repository}:v1.2.2`, `${repository}:v9.9.9`);
    const channel = channelOf(namespace);
    const denied = await clicker.ask({ channel, label: /^Roll back/, user: BOB });
    if (!/may/.test(denied)) problems.push(`somebody who may not was told: ${denied}`);
    const refused = await clicker.confirm({ channel, label: /^Roll back/, typedName: 'shop' }).then(
      () => 'it could be confirmed',
      (error: unknown) => String(error),
    );
    if (!/overlays\/remedy in that namespace, or at least: kubectl/.test(refused))
      problems.push(`without a permission the dialog says: ${refused}`);
    tell({ message: { text: `${denied.slice(0, 120)}; without a permission: ${refused.slice(0, 240)}` } });
  },
  needsRegistries,
);

const PUT_BACK = 'remedy-put-back';
const PUT_BACK_EVERY_MS = 5_000;
const WATCHED_MS = 75_000;

/** A controller that puts the image back every 5 s: never green, and the message names it. */
export const remedyPutBack = story(
  PUT_BACK,
  [PUT_BACK],
  async (universe, problems, tell) => {
    const { kubectl, slack, clicker, channelOf, options } = universe;
    const namespace = namespaceOf(PUT_BACK);
    const context: Context = { universe, namespace };
    for (const overlay of OVERLAYS) await applyOverlay(kubectl, namespace, overlay);
    await afterTheWave(universe);
    const repository = repositoryOf(context);
    await rollOut(context, `${repository}:v1.2.2`, `${repository}:v9.9.9`);
    const channel = channelOf(namespace);
    const confirmed = await clicker.confirm({ channel, label: /^Roll back/, typedName: 'shop' });
    const endsAt = confirmed.confirmedAt + WATCHED_MS * Math.max(0.4, options.timeScale);
    while (Date.now() < endsAt) {
      await sleep(PUT_BACK_EVERY_MS);
      await kubectl.applyAs('acme-deployer', namespace, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'shop' },
        spec: {
          selector: { matchLabels: { app: 'shop' } },
          template: {
            metadata: { labels: { app: 'shop' } },
            spec: { containers: [{ name: 'shop', image: `${repository}:v9.9.9` }] },
          },
        },
      });
    }
    const named = await until('the message names who puts it back', 60, () =>
      slack.changes(channel).findLast(({ text }) => /acme-deployer/.test(text)),
    ).catch(() => undefined);
    const green = slack.changes(channel).find(({ text, kind }) => kind !== 'reply' && text.startsWith('🟢'));
    if (green !== undefined) problems.push(`it was green: ${green.text}`);
    if (named === undefined) problems.push('the message does not name acme-deployer');
    tell({
      cause: { text: 'rolled back, and put back every 5 s by acme-deployer (server-side apply)' },
      message: { text: named?.text ?? 'never named' },
      recovered: { text: 'at no moment green' },
    });
  },
  needsRegistries,
);
