import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Manifest } from '../../infra/local/kubernetes/cluster.ts';
import type { PodObject, WorkloadObject } from '../../infra/local/kubernetes/objects.ts';
import { DEPLOYMENTS, PODS, SERVICE_ACCOUNTS } from '../../infra/local/kubernetes/resources.ts';
import { findScenario } from '../../infra/local/scenarios/index.ts';
import { deployment } from '../../infra/local/scenarios/objects.ts';
import { endOutage } from '../../infra/local/scenarios/repairable.ts';
import { findPlaced, messageActions, personOf, viewSubmission } from '../../infra/local/slack/payloads.ts';
import { signedForm } from '../../infra/local/slack/send-signed.ts';
import type { SlackMessage } from '../../infra/local/slack/workspace.ts';
import { startPutBackController } from '../support/put-back-controller.ts';
import { until } from '../support/until.ts';
import { notification, podAlert, post } from './alerts.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { ALICE, BOB, buttonsOf, GUEST, STRANGER, slackUser, textOfView, WALL } from './slack-user.ts';
import { untilRefusedAgain } from './until-refused-again.ts';

jest.setTimeout(180_000);

const HOST = 'registry.example.com';

function podsOf({ stack }: Embedded, namespace: string): readonly PodObject[] {
  return stack.cluster.list(PODS, namespace) as readonly PodObject[];
}

/** Whether the workload's current revision has all its replicas available, and nothing else is left. */
function isWhole({ stack }: Embedded, namespace: string, name: string): boolean {
  const found = stack.cluster.get(DEPLOYMENTS, namespace, name) as WorkloadObject | undefined;
  const { availableReplicas, updatedReplicas, replicas } = (found?.status ?? {}) as Record<string, number | undefined>;
  const wanted = found?.spec.replicas ?? 1;
  return [availableReplicas, updatedReplicas, replicas].every((count) => count === wanted);
}

/** `kubectl scale` of a Deployment. */
function scale({ stack }: Embedded, namespace: string, name: string, replicas: number): void {
  const by = { manager: 'kubectl-scale' };
  stack.cluster.api.edit<WorkloadObject>(DEPLOYMENTS, { namespace, name }, by, ({ spec }) => {
    spec.replicas = replicas;
  });
}

/** Names of the pods that go, from now on. */
function watchDeletions({ stack }: Embedded, namespace: string): readonly string[] {
  const gone: string[] = [];
  stack.cluster.api.store.subscribe(({ type, resource, object }) => {
    if (resource === PODS && type === 'DELETED' && object.metadata.namespace === namespace) {
      gone.push(object.metadata.name);
    }
  });
  return gone;
}

/** Presses, waits for the plan, and confirms it. @returns the dialog's text as it was confirmed */
async function click(
  embedded: Embedded,
  message: SlackMessage,
  button: RegExp,
  options: { readonly user?: string; readonly choose?: string; readonly typed?: string } = {},
): Promise<string> {
  const user = slackUser(embedded.stack, options.user ?? ALICE);
  expect(await user.press(message, button)).toEqual({ kind: 'done' });
  const isPlan = /nothing was changed yet/;
  let view = await user.untilDialog(isPlan);
  if (options.choose !== undefined) {
    await user.choose('choice', options.choose);
    view = await user.untilDialog(new RegExp(`\\+.*${options.choose}`));
  }
  const text = textOfView(view);
  expect(await user.submit(options.typed === undefined ? {} : { 'typed-name': options.typed })).toEqual({
    kind: 'done',
  });
  return text;
}

describe('each remedy, clicked', () => {
  let embedded: Embedded;
  const names = [
    'bad-tag-rollout',
    'expired-ecr-token',
    'unattached-secret',
    'attached-too-late',
    'removed-tag',
    'gitops-bad-tag',
  ];

  beforeAll(async () => {
    embedded = await startEmbedded({ scenarios: names });
  });

  afterAll(async () => embedded?.stop());

  const subjectOf = (name: string) => {
    const found = findScenario(name)?.subject;
    if (found === undefined) throw new Error(`no scenario ${name}`);
    return found;
  };

  it.each([
    { scenario: 'bad-tag-rollout', button: /^Roll back to v1\.2\.2/, plan: /\+.*v1\.2\.2/ },
    { scenario: 'expired-ecr-token', button: /^Refresh secret ecr-creds/, plan: /fresh token in place/ },
    { scenario: 'unattached-secret', button: /^Attach secret private-registry/, plan: /\+.*private-registry/ },
    { scenario: 'attached-too-late', button: /^Retry now/, plan: /deleted and made anew|is deleted|are deleted/ },
    { scenario: 'removed-tag', button: /^Pin the digest that runs/, plan: /\+.*@sha256:/ },
  ])('$scenario: $button ends in pods that run, and the message says so', async ({ scenario, button, plan }) => {
    const { namespace, workload } = subjectOf(scenario);
    const message = await embedded.untilMessage(`${namespace}/${workload}`, 60);
    const shown = await click(embedded, message, button);
    expect(shown).toMatch(plan);
    await until(`${namespace}/${workload} is whole`, 40, () => isWhole(embedded, namespace, workload));
    const green = await embedded.untilMessage(`${namespace}/${workload}`, 60, /^🟢/u);
    expect(green.ts).toBe(message.ts);
    expect(JSON.stringify(green.blocks)).toMatch(/alice/i);
    expect(embedded.about(`${namespace}/${workload}`)).toHaveLength(1);
  });

  it('gitops-bad-tag: the fix for Git is shown, and nothing that acts', async () => {
    const { namespace, workload } = subjectOf('gitops-bad-tag');
    const message = await embedded.untilMessage(`${namespace}/${workload}`, 60);
    expect(buttonsOf(message)[0]).toBe('Show Git fix');
    expect(buttonsOf(message).filter((text) => /Roll back|Use v|Pin/.test(text))).toEqual([]);
    const alice = slackUser(embedded.stack, ALICE);
    await alice.press(message, /Show Git fix/);
    const view = await alice.untilDialog(/newTag|image:/);
    expect(textOfView(view)).toMatch(/v1\.2\.[23]/);
    expect(view.view['submit'] ?? undefined).toBeUndefined();
    await alice.close();
  });
});

describe('buttons that are pressed otherwise than once by one who may', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded({ scenarios: ['bad-tag-rollout', 'expired-ecr-token', 'unattached-secret'] });
  });

  afterAll(async () => embedded?.stop());

  const generation = () => embedded.stack.cluster.get(DEPLOYMENTS, 'web', 'storefront')?.metadata.generation;

  it.each([
    { who: 'a guest', user: GUEST, subject: 'web/storefront', button: /^Roll back/, says: /guest/i },
    {
      who: 'somebody of another workspace',
      user: STRANGER,
      subject: 'web/storefront',
      button: /^Roll back/,
      says: /workspace|team/i,
    },
    {
      who: 'somebody whom no rule names',
      user: BOB,
      subject: 'payments/payments-api',
      button: /^Refresh/,
      says: /payments/,
    },
  ])('$who is told why not, and nothing happens', async ({ user, subject, button, says }) => {
    const message = await embedded.untilMessage(subject, 60);
    const before = generation();
    const person = slackUser(embedded.stack, user);
    await person.press(message, button);
    const view = await person.untilDialog(/Not allowed/);
    expect(textOfView(view)).toMatch(says);
    expect(view.view['submit'] ?? undefined).toBeUndefined();
    await person.close();
    expect(generation()).toBe(before);
  });

  it('a dialog that was cancelled burns nothing', async () => {
    const message = await embedded.untilMessage('web/storefront', 60);
    const alice = slackUser(embedded.stack, ALICE);
    await alice.press(message, /^Roll back/);
    await alice.untilDialog(/nothing was changed yet/);
    await alice.close();
    await alice.press(message, /^Roll back/);
    await alice.untilDialog(/nothing was changed yet/);
    await alice.close();
  });

  it('a forged request is refused, unsigned or signed with another secret', async () => {
    const { actionsUrl } = embedded.stack.ready.slack;
    const forged = signedForm({ type: 'block_actions' }, 'another-secret', WALL);
    const statuses = [
      (await fetch(actionsUrl, { method: 'POST', ...forged })).status,
      (await fetch(actionsUrl, { method: 'POST', body: forged.body })).status,
    ];
    expect(statuses).toEqual([401, 401]);
  });

  it('one press that is delivered twice opens one dialog', async () => {
    const { stack } = embedded;
    const workspace = stack.slack?.workspace;
    if (workspace === undefined) throw new Error('the embedded Slack is missing');
    const message = await embedded.untilMessage('web/storefront', 60);
    const pressed = findPlaced(message.blocks, 'offer/1');
    if (pressed === undefined) throw new Error('the message has no first button');
    const opened = stack.slack?.calls['views.open'] ?? 0;
    const payload = messageActions(personOf(ALICE), message, pressed, { workspace, responseUrl: '' });
    const form = signedForm(payload, stack.ready.slack.signingSecret, WALL);
    const views = new Set<string>();
    const unsubscribe = workspace.onChange((change) => {
      if (change.kind === 'view') views.add(change.view.id);
    });
    const answers = await Promise.all(
      [1, 2].map(() => fetch(stack.ready.slack.actionsUrl, { method: 'POST', ...form })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const alice = slackUser(stack, ALICE);
    await alice.untilDialog(/nothing was changed yet/);
    unsubscribe();
    expect([(stack.slack?.calls['views.open'] ?? 0) - opened, views.size]).toEqual([2, 1]);
    expect(alice.told()).toEqual([]);
    await alice.close();
  });

  it('a button whose time is over does nothing, and says so', async () => {
    const { remedyStore } = embedded.stack.engine;
    const message = await embedded.untilMessage('web/storefront', 60);
    const id = String(findPlaced(message.blocks, 'offer/2')?.placed.element['value']);
    const found = await remedyStore.offer(id);
    if (found === undefined) throw new Error(`no offer ${id}`);
    const { version, ...offer } = found;
    await remedyStore.saveOffer({ ...offer, expiresAt: Date.now() - 1_000 }, version, undefined);
    const alice = slackUser(embedded.stack, ALICE);
    await alice.press(message, /^Use v/);
    const view = await alice.untilDialog(/was good until/);
    expect(view.view['submit'] ?? undefined).toBeUndefined();
    await alice.close();
  });

  it('a plan that is another one by the time of its confirmation is not done; it is shown again, and done then', async () => {
    const { cluster } = embedded.stack;
    const message = await embedded.untilMessage('billing/invoice-api', 60);
    const alice = slackUser(embedded.stack, ALICE);
    await alice.press(message, /^Attach secret/);
    await alice.untilDialog(/nothing was changed yet/);
    scale(embedded, 'billing', 'invoice-api', 3);
    await until('the third pod fails too', 20, () => {
      const waiting = podsOf(embedded, 'billing').filter(
        ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'ImagePullBackOff',
      );
      return waiting.length === 3;
    });
    await alice.submit();
    const again = textOfView(await alice.untilDialog(/this is not what you confirmed a moment ago/));
    expect(again).toMatch(/3 stuck pods/);
    const account = cluster.get(SERVICE_ACCOUNTS, 'billing', 'default') as { imagePullSecrets?: unknown } | undefined;
    expect(account?.imagePullSecrets).toBeUndefined();
    await alice.submit();
    await until('billing/invoice-api is whole', 40, () => isWhole(embedded, 'billing', 'invoice-api'));
  });

  it('two who confirm at once, and one request that is sent again: it is done once, and each is told', async () => {
    const { stack } = embedded;
    const message = await embedded.untilMessage('web/storefront', 60);
    const before = Number(generation());
    const [alice, bob] = [slackUser(stack, ALICE), slackUser(stack, BOB)];
    await alice.press(message, /^Roll back/);
    await bob.press(message, /^Roll back/);
    const mine = await alice.untilDialog(/nothing was changed yet/);
    await bob.untilDialog(/nothing was changed yet/);
    const workspace = stack.slack?.workspace;
    if (workspace === undefined) throw new Error('the embedded Slack is missing');
    const replayed = signedForm(
      viewSubmission(personOf(ALICE), mine, workspace),
      stack.ready.slack.signingSecret,
      WALL,
    );
    await Promise.all([alice.submit(), bob.submit()]);
    const replays = await Promise.all(
      [1, 2].map(() => fetch(stack.ready.slack.actionsUrl, { method: 'POST', ...replayed })),
    );
    expect(replays.map(({ status }) => status)).toEqual([200, 200]);
    await until('web/storefront is whole', 40, () => isWhole(embedded, 'web', 'storefront'));
    await embedded.untilMessage('web/storefront', 60, /^🟢/u);
    expect(generation()).toBe(before + 1);
    const said = [alice, bob].map((one) => textOfView(one.dialog()));
    expect(
      said.filter((text) => /already|took|confirmed|was first|under way/i.test(text)).length,
    ).toBeGreaterThanOrEqual(1);
  });

  it('a button that is pressed after the fix does nothing, and says so', async () => {
    const { stack } = embedded;
    const workspace = stack.slack?.workspace;
    const message = await embedded.untilMessage('payments/payments-api', 60);
    await click(embedded, message, /^Refresh secret/);
    await embedded.untilMessage('payments/payments-api', 60, /^🟢/u);
    // As on a screen that did not get the edit.
    workspace?.put(message);
    const alice = slackUser(stack, ALICE);
    await alice.press(message, /^Refresh secret/);
    const view = await alice.untilDialog(/over|done|already|left to do|runs|was used/i);
    expect(view.view['submit'] ?? undefined).toBeUndefined();
  });
});

describe('what a cluster does to a remedy', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded();
  });

  afterAll(async () => embedded?.stop());

  it('7 stuck pods on one node are repaired with one deletion', async () => {
    const { registry } = embedded.stack;
    const world = embedded.stack;
    const scenario = findScenario('expired-ecr-token');
    await scenario?.apply(world);
    scale(embedded, 'payments', 'payments-api', 7);
    expect(registry.address).toBeDefined();
    await until('7 pods fail', 20, () => {
      const stuck = podsOf(embedded, 'payments').filter(({ status }) => status.containerStatuses?.[0]?.state.waiting);
      return stuck.length === 7;
    });
    const message = await embedded.untilMessage('payments/payments-api', 60, /7/);
    const gone = watchDeletions(embedded, 'payments');
    const plan = await click(embedded, message, /^Refresh secret/);
    expect(plan).toMatch(/1 of 7 stuck pods/);
    await until('all 7 run', 40, () => isWhole(embedded, 'payments', 'payments-api'));
    await embedded.untilMessage('payments/payments-api', 60, /^🟢/u);
    // None, where the kubelet's own try came between the token and the deletion: that pod is left alone.
    expect(gone.length).toBeLessThanOrEqual(1);
  });

  it('an image that a controller puts back is never green, and the controller is named', async () => {
    const { cluster, registry, timeScale } = embedded.stack;
    for (const tag of ['v1.2.2', 'v1.2.3']) registry.addImage(`${HOST}/put-back/app:${tag}`);
    const whole = (tag: string): Manifest =>
      deployment('app', `${HOST}/put-back/app:${tag}`, 2, { namespace: 'put-back' });
    cluster.apply([whole('v1.2.2')]);
    await until('it serves', 30, () => isWhole(embedded, 'put-back', 'app'));
    cluster.apply([whole('v1.2.33')]);
    const controller = startPutBackController(embedded.stack, whole('v1.2.33'), {
      manager: 'app-operator',
      everyMs: 5_000 * timeScale * 4,
    });
    const lines: string[] = [];
    embedded.stack.slack?.workspace.onChange((change) => {
      if (change.kind === 'message' && change.message.text.includes('put-back/app')) lines.push(change.message.text);
    });
    try {
      const message = await embedded.untilMessage('put-back/app', 60);
      await click(embedded, message, /^Roll back/);
      await until('it was put back', 40, () => controller.putBacks() > 0);
      const told = await until('the message names the controller', 60, () => {
        const [now] = embedded.about('put-back/app');
        return now !== undefined && JSON.stringify(now.blocks).includes('app-operator') ? now : undefined;
      });
      expect(JSON.stringify(told.blocks)).toMatch(/put back/i);
      await new Promise((resolve) => setTimeout(resolve, 60_000 * timeScale + 2_000));
      expect(lines.filter((line) => line.startsWith('🟢'))).toEqual([]);
    } finally {
      controller.stop();
    }
  });

  it('a mistyped tag is corrected to one that the registry has, chosen in the dialog, and that is undone', async () => {
    const { cluster, registry } = embedded.stack;
    for (const tag of ['v2.0.1', 'v2.0.2']) registry.addImage(`${HOST}/typo/app:${tag}`);
    cluster.apply([deployment('app', `${HOST}/typo/app:v2.0.11`, 2, { namespace: 'typo' })]);
    const image = () => {
      const found = cluster.get(DEPLOYMENTS, 'typo', 'app') as WorkloadObject;
      return found.spec.template.spec.containers[0]?.image;
    };
    const message = await embedded.untilMessage('typo/app', 60);
    await click(embedded, message, /^Use v2\.0\.2/, { choose: 'v2.0.1' });
    await until('typo/app is whole', 40, () => isWhole(embedded, 'typo', 'app'));
    const green = await embedded.untilMessage('typo/app', 60, /^🟢/u);
    expect(image()).toBe(`${HOST}/typo/app:v2.0.1`);
    await click(embedded, green, /^Undo/);
    await until('it is undone', 20, () => image() === `${HOST}/typo/app:v2.0.11`);
  });

  it('“I’m on it”, mute and “Not it” are recorded, shown, and change nothing in the cluster', async () => {
    const { stack } = embedded;
    await findScenario('bad-tag-rollout')?.apply(stack);
    const message = await embedded.untilMessage('web/storefront', 60);
    const generation = stack.cluster.get(DEPLOYMENTS, 'web', 'storefront')?.metadata.generation;
    const bob = slackUser(stack, BOB);
    await bob.press(message, /on it/);
    await until('the message says who is on it', 20, () =>
      JSON.stringify(embedded.about('web/storefront')[0]?.blocks).match(/bob/i),
    );
    await bob.press(message, /^Mute/);
    await until('the message says that it is muted', 20, () =>
      JSON.stringify(embedded.about('web/storefront')[0]?.blocks).match(/muted/i),
    );
    await bob.press(message, /^Not it/);
    await bob.untilDialog(/Not it/i);
    await bob.submit({ words: 'the registry was renamed' });
    const range = { from: 0, until: Date.now() + 3_600_000 };
    const [feedback] = await until('the feedback is kept', 20, async () => {
      const all = await stack.engine.remedyStore.feedback(range, 10);
      return all.length > 0 ? all : undefined;
    });
    expect(feedback).toMatchObject({ by: { userId: BOB }, words: 'the registry was renamed' });
    expect(stack.cluster.get(DEPLOYMENTS, 'web', 'storefront')?.metadata.generation).toBe(generation);
  });

  it('the alert is silenced in Alertmanager for the chosen time, and the silence is ended again', async () => {
    const { stack } = embedded;
    stack.cluster.apply([deployment('app', `${HOST}/no-such/app:v1`, 1, { namespace: 'quiet' })]);
    const [pod] = await until('its pod', 20, () => {
      const found = podsOf(embedded, 'quiet');
      return found.length === 1 ? found : undefined;
    });
    const alert = podAlert('quiet', String(pod?.metadata.name));
    const { labels } = alert;
    expect(await post(embedded, notification([alert]))).toBe(202);
    const message = await until('the message can silence', 60, () => {
      const [now] = embedded.about('quiet/app');
      return now && buttonsOf(now).some((text) => /^Silence/.test(text)) ? now : undefined;
    });
    await click(embedded, message, /^Silence/);
    await until('it is silenced', 20, () => stack.alertmanager.isSilenced(labels));
    expect(stack.alertmanager.isSilenced({ ...labels, namespace: 'another' })).toBe(false);
    const undoable = await until('it can be undone', 30, () => {
      const [now] = embedded.about('quiet/app');
      return now && buttonsOf(now).some((text) => /^Undo/.test(text)) ? now : undefined;
    });
    await click(embedded, undoable, /^Undo/);
    await until('the silence has ended', 20, () => !stack.alertmanager.isSilenced(labels));
  });

  it('a registry that answers again: Retry now does not wait out the back-off', async () => {
    const world = embedded.stack;
    await findScenario('registry-outage')?.apply(world);
    const message = await embedded.untilMessage('media/thumbnails', 90);
    await untilRefusedAgain(embedded, 'media');
    endOutage(world);
    await click(embedded, message, /^Retry now/);
    await until('media/thumbnails is whole', 40, () => isWhole(embedded, 'media', 'thumbnails'));
    await embedded.untilMessage('media/thumbnails', 60, /^🟢/u);
  });
});
