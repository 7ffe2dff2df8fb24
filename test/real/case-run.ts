import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeEvent } from '../../shared/domain/kubernetes.ts';
import { checkCauses, checkMessage, settledMembers } from './case-checks.ts';
import type { Case } from './cases/case.ts';
import { wordsOf } from './compare-embedded.ts';
import { longestWait, MAY_HEAL_MS } from './graces.ts';
import { until } from './processes.ts';
import { repair } from './repair.ts';
import { NONE, type Row, type Step, skippedRow } from './row.ts';
import type { SlackChange } from './slack-journal.ts';
import { namespaceOf, type Universe } from './universe.ts';

/** The median is held to a second (afterwards.ts); one that waits its turn on a busy machine, to this. */
const LATEST_POST_MS = 30_000;
/** A kubelet that has fifty failing pods at once writes their events late: up to 88 s in the recorded ones. */
const EVENTS_WITHIN_S = 120;
const PULL_REASONS = ['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName'];

/** Creates what the case is, waits for each step, repairs it, and says what was seen. Never throws. */
export async function runCase(one: Case, universe: Universe): Promise<Row> {
  const skipped = reasonToSkip(one, universe);
  if (skipped !== undefined) return skippedRow(one.name, one.from, skipped);
  const problems: string[] = [];
  let steps: Partial<Row> = {};
  try {
    steps =
      one.ends === 'Running' ? await runHealthy(one, universe, problems) : await runFailing(one, universe, problems);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  const row = {
    ...{ name: one.name, from: one.from, fails: NONE, alert: NONE, cause: NONE, message: NONE, recovered: NONE },
    ...steps,
    problems,
  };
  universe.say(
    `${problems.length === 0 ? 'ok    ' : 'FAILED'} ${one.name}: ${row.message.text}${problems.map((text) => `\n        ${text}`).join('')}`,
  );
  // Its place on the node is needed.
  await universe.kubectl.run('delete', 'namespace', namespaceOf(one.name), '--wait=false').catch(() => undefined);
  return row;
}

function reasonToSkip({ needs }: Case, { options }: Universe): string | undefined {
  switch (needs) {
    case 'registries':
      return options.registries === 'testbed' ? undefined : "needs the testbed's registries (--registries testbed)";
    case 'small-image-store':
      return options.registries === 'testbed' && options.imageStore === 'small'
        ? undefined
        : 'needs a node whose image store is too small (--image-store small)';
    case 'patience':
      if (options.registries !== 'testbed') return "needs the testbed's registries (--registries testbed)";
      return options.isLong
        ? undefined
        : 'a download that stalls is one after 10 minutes, found by every fifth sweep, and may heal (5 minutes more): --long waits for it';
    case 'pull-qps':
      return 'needs a kubelet with registryPullQPS 1, which would hold up every other case here; recorded in test/fixtures/captures';
    default:
      return undefined;
  }
}

/** Creates the objects in their namespace, which is there. @returns when */
export async function create(namespace: string, { objects }: Pick<Case, 'objects'>, { kubectl }: Universe) {
  const at = Date.now();
  await kubectl.apply(namespace, objects);
  return at;
}

async function runHealthy(one: Case, universe: Universe, problems: string[]): Promise<Partial<Row>> {
  const namespace = namespaceOf(one.name);
  const createdAt = await create(namespace, one, universe);
  const ran = await until(`${one.name} runs`, 120, () => universe.watch.see(namespace).runningSince);
  // Long enough for a sweep and for what an alert would have asked for.
  await sleep(75_000 * Math.min(1, universe.options.timeScale));
  const post = universe.slack.firstPost(universe.channelOf(namespace));
  if (post !== undefined) problems.push(`a message of a pod that runs: ${post.text}`);
  return {
    fails: { text: 'runs', seconds: (ran - createdAt) / 1_000 },
    cause: { text: 'none' },
    message: { text: 'none, as it must be' },
  };
}

async function runFailing(one: Case, universe: Universe, problems: string[]): Promise<Partial<Row>> {
  const { watch, slack, relay, monitoring } = universe;
  const namespace = namespaceOf(one.name);
  const channel = universe.channelOf(namespace);
  const createdAt = await create(namespace, one, universe);
  const reasons = one.ends === 'ContainerCreating' ? ['ContainerCreating'] : PULL_REASONS;
  const failed = await until(`${one.name} fails`, 150, () => {
    const seen = watch.see(namespace).reasons;
    return [...seen].find(([reason]) => reasons.includes(reason));
  });
  let steps: Partial<Row> = { fails: { text: failed[0], seconds: (failed[1] - createdAt) / 1_000 } };

  const posts = await until(`a message of ${one.name}`, longestWait(one, universe) / 1_000, () => {
    const found = slack.changes(channel).filter(({ kind }) => kind === 'post');
    return found.length > 0 ? found : undefined;
  });
  const post = posts[0] as SlackChange;
  const isAlertWanted = monitoring !== undefined && one.ends !== 'ContainerCreating';
  // The same cause told for another namespace already is told for this one before its own alert, which comes all the same.
  const mutedAt = () => monitoring?.mutedAt(namespace, createdAt);
  if (isAlertWanted) {
    await until(
      `the alert of ${one.name}`,
      90,
      () => relay.firstFiring(namespace, createdAt) !== undefined || mutedAt() !== undefined,
    ).catch(() => undefined);
  }
  const fired = monitoring?.firedAt(namespace, createdAt);
  const notified = relay.firstFiring(namespace, createdAt);
  if (isAlertWanted && fired === undefined) problems.push('no alert fired');
  // Where the sweep was first, the verdict that it posted mutes the raw alert before it is ever sent.
  const isMuted = notified === undefined && mutedAt() !== undefined;
  if (isAlertWanted && notified === undefined && !isMuted) problems.push('Alertmanager posted nothing');
  if (notified !== undefined && (!notified.isAuthenticated || notified.code !== 202)) {
    problems.push(`the notification was answered ${notified.code}`);
  }
  const members = await settledMembers(one, namespace, universe);
  const heals = members.map((member) => member.findings[0]?.healsByWaiting);
  const isHeldBack = heals.every((heal) => heal === 'yes') || one.ends === 'ContainerCreating';
  const isToldFirst = notified !== undefined && post.at < notified.at;
  const latencyMs = notified === undefined || isHeldBack || isToldFirst ? undefined : post.at - notified.at;
  if (latencyMs !== undefined && latencyMs > LATEST_POST_MS)
    problems.push(`posted ${latencyMs} ms after the notification`);
  const firstFailure = Math.min(...members.map(({ firstFailedAt }) => firstFailedAt ?? Number.POSITIVE_INFINITY));
  const graceMs = MAY_HEAL_MS * universe.options.timeScale;
  if (isHeldBack && one.ends !== 'ContainerCreating' && post.at - firstFailure < graceMs) {
    problems.push(`told ${Math.round((post.at - firstFailure) / 1_000)} s after the first failure, though it may heal`);
  }
  const muted = isMuted ? ', muted by ImagePullDiagnosed' : '';
  steps = { ...steps, alert: alertStep(one, universe, fired, muted, createdAt), latencyMs };

  const causes = checkCauses(one, members, problems);
  steps = { ...steps, cause: causes };
  await checkMessage(one, namespace, members, universe, problems);
  const isAnswer = notified !== undefined && !isHeldBack && !isToldFirst;
  const from = isAnswer ? notified.at : failed[1];
  const early = isHeldBack
    ? 'after the failure (may heal)'
    : isMuted
      ? 'after the failure: the sweep was first'
      : 'after the failure, with another namespace';
  const since = isAnswer ? 'after the notification' : early;
  steps = {
    ...steps,
    message: { text: `${posts.map(({ text }) => text).join(' and ')} (${since})`, seconds: (post.at - from) / 1_000 },
  };

  await recordWords(one, namespace, universe);
  const { step, healedMs } = await repair(one, namespace, universe, problems);
  return { ...steps, recovered: step, healedMs };
}

/** Before the repair, which would add words of its own. */
async function recordWords(one: Case, namespace: string, { kubectl, watch, words }: Universe): Promise<void> {
  const { pods, reasons } = watch.see(namespace);
  const items = await until(`events of ${namespace}`, EVENTS_WITHIN_S, async () => {
    const read = await kubectl.json<{ items: readonly KubeEvent[] }>('get', 'events', '-n', namespace);
    const isTold = read.items.some(({ message }) => message?.startsWith('Failed to pull image'));
    return (isTold || !reasons.has('ErrImagePull')) && read.items;
  });
  words.set(one.name, wordsOf(pods, items, reasons.keys()));
}

function alertStep(
  one: Case,
  { monitoring, monitoringMissing }: Universe,
  fired: { readonly at: number; readonly alert: string } | undefined,
  muted: string,
  createdAt: number,
): Step {
  if (fired !== undefined) return { text: `${fired.alert}${muted}`, seconds: (fired.at - createdAt) / 1_000 };
  if (monitoring === undefined) return { text: `skipped: ${monitoringMissing}` };
  return { text: one.ends === 'ContainerCreating' ? 'none: the kubelet names no reason; the sweep found it' : 'NONE' };
}
