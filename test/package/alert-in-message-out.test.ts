import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { DEAD_LETTER_EVENT_TYPE } from '../../functions/dead-letter/handler.ts';
import { lambdaNames } from '../../infra/build/bundle.ts';
import { findScenario } from '../../infra/local/scenarios/index.ts';
import { deployment, pullSecret } from '../../infra/local/scenarios/objects.ts';
import { signedForm } from '../../infra/local/slack/send-signed.ts';
import { notification, podAlert } from '../e2e/alerts.ts';
import { WALL } from '../e2e/slack-user.ts';
import { describeWithMoto } from '../support/moto.ts';
import { until } from '../support/until.ts';
import { alarmsOnOwnMetrics, writtenMetrics } from './alarms.ts';
import { EXCUSED } from './excused-grants.ts';
import { covers } from './grants.ts';
import { type PackagedStack, startPackagedStack } from './packaged-stack.ts';
import { createStories, type Stories } from './stories.ts';
import { ECR_HOST, SIGNING_SECRET } from './world.ts';

jest.setTimeout(120_000);

const THIRTEEN_HOURS_MS = 13 * 3_600_000;
/** A confirmed remedy, as it stands in an event of SQS: a text within a text. */
const APPLY_JOB = String.raw`\"kind\":\"apply\"`;

describeWithMoto('what npm run package wrote, run as Lambda runs it', () => {
  let stack: PackagedStack;
  let stories: Stories;
  let stopSweeping = () => {};

  beforeAll(async () => {
    stack = await startPackagedStack();
    stories = createStories(stack);
    // All at once: each takes a while to serve before it breaks.
    await Promise.all([
      stories.rollOutBadTag('shop', 'checkout'),
      stories.rollOutBadTag('quiet', 'noisy'),
      stories.rollOutBadTag('fatal', 'victim'),
    ]);
    stopSweeping = sweepOn(stack);
  }, 300_000);

  afterAll(async () => {
    stopSweeping();
    await stack?.stop();
  });

  /** Arranges a scenario of `npm start` in the cluster. */
  const arrange = async (name: string) => findScenario(name)?.apply(stack.world);

  it('takes a notification with the right token, and no other; knows the routes of the template, and no other', async () => {
    expect(await stories.post({ version: '4', alerts: [] }, { token: 'wrong' })).toBe(401);
    expect(await stories.post({ version: '4', alerts: [] })).toBe(202);
    expect(await stories.post({ version: '4', alerts: [] }, { path: '/alerts/prod-eu' })).toBe(202);
    expect(await stories.post({ version: '4', alerts: [] }, { path: '/else' })).toBe(404);
    expect(await stories.post('{')).toBe(400);
    expect(await stories.post('x'.repeat(5_500_000))).toBe(413);
    const forged = signedForm({ type: 'block_actions' }, 'another-secret', WALL);
    expect((await fetch(`${stack.url}/slack`, { method: 'POST', ...forged })).status).toBe(401);
  });

  it('alert in, message out; a button, its dialog, the change, and the message turns green', async () => {
    expect(await stories.alert('shop')).toBe(202);
    const message = await stories.untilMessage('shop/checkout', /tag v1\.2\.33 does not exist, v1\.2\.3 does/);
    await stories.press(message, /on it/);
    expect(await stories.confirm(message, /^Roll back/)).toMatch(/\+.*v1\.2\.2/);
    await stories.untilWhole('shop', 'checkout');
    const green = await stories.untilMessage('shop/checkout', /^🟢/u);
    expect(green.ts).toBe(message.ts);
  });

  it('an expired ECR secret of a target is repaired in place by the role of the target, and told in green', async () => {
    const { cluster, ecr } = stack.world;
    await arrange('refreshed-ecr-token');
    const { password } = ecr.tokens.issue('eu-west-1', Date.now() - THIRTEEN_HOURS_MS);
    cluster.apply([pullSecret('warehouse', 'ecr-creds', ECR_HOST, 'AWS', password)], { manager: 'ecr-renew' });
    expect(await stories.alert('warehouse')).toBe(202);
    await stories.untilWhole('warehouse', 'stock-api');
    expect(ecr.tokens.state(stories.passwordOf('warehouse', 'ecr-creds', ECR_HOST), 'eu-west-1')).toBe('valid');
    await stories.untilMessage('warehouse/stock-api', /^🟢/u);
  });

  it('where a target only advises, its button does it', async () => {
    await arrange('expired-ecr-token');
    await stories.alert('payments');
    const message = await stories.untilMessage('payments', /ECR pull secret/);
    await stories.confirm(message, /^Refresh secret/);
    await stories.untilWhole('payments', 'payments-api');
    await stories.untilMessage('payments', /^🟢/u);
  });

  it('what policy lets happen by itself, happens without a button', async () => {
    await arrange('attached-too-late');
    await stories.alert('reports');
    await stories.untilWhole('reports', 'report-api');
  });

  it('the schedule refreshes what no alert told of', async () => {
    const { cluster, ecr } = stack.world;
    const { password } = ecr.tokens.issue('eu-west-1', Date.now() - THIRTEEN_HOURS_MS);
    const metadata = { name: 'depot', labels: { 'example.com/refreshed': 'yes' } };
    cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata }]);
    cluster.apply([pullSecret('depot', 'ecr-creds', ECR_HOST, 'AWS', password)], { manager: 'ecr-renew' });
    await stack.fire('refresh-scheduler');
    await until('the secret holds a token that is good', 30, () => {
      const now = stories.passwordOf('depot', 'ecr-creds', ECR_HOST);
      return ecr.tokens.state(now, 'eu-west-1') === 'valid';
    });
    // A later minute tells how it stands.
    await until('the scheduler tells what ends first', 30, async () => {
      await stack.fire('refresh-scheduler');
      return stack.lambda('refresh-scheduler').lines.some((line) => line.includes('RefreshMinimumLifeLeft'));
    });
  });

  it('the hourly preflight tells what would fail at the next pull', async () => {
    stack.world.cluster.apply([deployment('ledger', 'registry.example.com/shop/ledger:v9', 1, { namespace: 'books' })]);
    await stack.fire('preflight');
    await stories.untilMessage('cluster', /^🟡 .* new before/u);
  });

  it('an alert of no known cluster is posted as it came; a cluster that cannot be read is told', async () => {
    const { labels } = podAlert('somewhere', 'web-1');
    expect(await stories.post(notification([{ labels: { ...labels, cluster: 'who-knows' } }]))).toBe(202);
    await stories.untilMessage('somewhere', /who-knows|cluster/);
    stack.world.dev.setFault({ status: 503 });
    expect(await stories.post(notification([{ labels: { ...labels, cluster: 'dev' } }]))).toBe(202);
    await stories.untilMessage('dev cluster', /is blind since/);
    stack.world.dev.setFault(undefined);
    await stories.untilMessage('dev cluster', /^🟢/u);
  });

  it('what Slack limits is said later', async () => {
    const { faults } = stack.world.slack;
    faults.add({ kind: 'ratelimited', method: 'chat.postMessage', times: 1, seconds: 1 });
    await stories.rollOutBadTag('late', 'latecomer');
    await stories.alert('late');
    await stories.untilMessage('late/latecomer', /tag v1\.2\.33/);
    faults.clear();
  });

  it('a silence is made in Alertmanager, with the credential that Secrets Manager holds', async () => {
    await stories.alert('quiet');
    const message = await stories.untilMessage('quiet/noisy', /tag v1\.2\.33/);
    await stories.confirm(message, /^Silence/);
    const { alertmanager } = stack.world;
    await until('it is silenced', 30, () => alertmanager.silences().some(({ status }) => status.state === 'active'));
  });

  it('a job that kills its worker becomes a message; the sweeper asks again, and it is done', async () => {
    await stories.alert('fatal');
    const message = await stories.untilMessage('fatal/victim', /tag v1\.2\.33/);
    const worker = stack.lambda('remedy-worker');
    worker.killOn(APPLY_JOB);
    const starts = worker.coldStarts();
    await stories.confirm(message, /^Roll back/);
    await stories.untilMessage('could not carry out a remedy', /^🟠/u);
    expect(worker.coldStarts() - starts).toBeGreaterThanOrEqual(4);

    worker.killOn(undefined);
    expect(await stories.letMinutesPass('offer')).toBeGreaterThanOrEqual(1);
    await stories.untilWhole('fatal', 'victim');
    await stories.untilMessage('fatal/victim', /^🟢/u);
  });

  it.each([
    { queue: 'pullmedic-triage-dead-prod', event: 'triage-look', says: /shop/ },
    { queue: 'pullmedic-publish-dead-prod.fifo', event: 'publish-poke', says: /could not post it/ },
    { queue: 'pullmedic-refresh-dead-prod', event: 'refresh-job', says: /are not refreshed/ },
  ])('what ends in $queue is told', async ({ queue, event, says }) => {
    const file = join(import.meta.dirname, '..', '..', 'events', 'sqs', `${event}.json`);
    const { Records } = JSON.parse(readFileSync(file, 'utf8')) as { readonly Records: readonly { body: string }[] };
    await stories.sendTo(queue, Records[0]?.body ?? '');
    await until(`${queue} is told`, 30, () =>
      stories
        .messages()
        .some(({ text, metadata }) => metadata?.event_type === DEAD_LETTER_EVENT_TYPE && says.test(text)),
    );
    await until(`${queue} is empty`, 30, () =>
      stack.proxy
        .calls()
        .some(({ action, resource }) => action === 'sqs:DeleteMessage' && resource.endsWith(`:${queue}`)),
    );
  });

  it('every function ran from its zip, cold', () => {
    const ran = stack.functions.map(({ name }) => ({ name, starts: stack.lambda(name).coldStarts() > 0 }));
    expect(ran.filter(({ starts }) => !starts)).toEqual([]);
    expect(stack.functions.map(({ name }) => name).sort()).toEqual([...lambdaNames()].sort());
  });

  it('nothing was called that the compiled template does not grant', () => {
    expect(stack.proxy.problems()).toEqual([]);
    expect(stack.proxy.calls().filter(({ isAllowed }) => !isAllowed)).toEqual([]);
    expect(stack.proxy.calls().length).toBeGreaterThan(50);
  });

  it('nothing is granted that was not called, but for what the table excuses', () => {
    const calls = stack.proxy.calls();
    const unused = stack.functions.flatMap(({ name }) =>
      stack
        .grants(name)
        .filter((grant) => !calls.some((call) => call.caller === name && covers(grant, call)))
        .map((grant) => ({ name, ...grant })),
    );
    const isExcused = ({ name, action, resource }: (typeof unused)[number]) =>
      EXCUSED.some((one) => one.functions.includes(name) && one.action === action && resource.includes(one.on));
    expect(
      unused.filter((one) => !isExcused(one)).map(({ name, action, resource }) => `${name} ${action} ${resource}`),
    ).toEqual([]);
    // An excuse that nothing needs any more goes.
    const idle = EXCUSED.flatMap((one) =>
      one.functions
        .filter(
          (name) =>
            !unused.some(
              (grant) => grant.name === name && grant.action === one.action && grant.resource.includes(one.on),
            ),
        )
        .map((name) => `${name} ${one.action} ${one.on}`),
    );
    expect(idle).toEqual([]);
  });

  it('every alarm on a metric of pullmedic asks for one that the functions write, by the same dimensions', () => {
    const written = writtenMetrics(stack.functions.flatMap(({ name }) => stack.lambda(name).lines));
    const missing = alarmsOnOwnMetrics(stack.packaged.template).filter((wanted) => !written.has(wanted));
    expect(missing).toEqual([]);
  });

  it('no log line holds a credential', () => {
    const lines = stack.functions.flatMap(({ name }) => stack.lambda(name).lines).join('\n');
    const { cluster } = stack.world;
    const secrets = [
      SIGNING_SECRET,
      cluster.token,
      'of-alertmanager',
      'xoxb-',
      stories.passwordOf('warehouse', 'ecr-creds', ECR_HOST),
    ];
    expect(secrets.filter((secret) => lines.includes(secret))).toEqual([]);
  });
});

/** The schedule of the sweeper, a minute being two seconds. @returns what ends it */
function sweepOn(stack: PackagedStack): () => void {
  let isStopped = false;
  const sweep = async () => {
    while (!isStopped) {
      await stack.fire('sweeper').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  };
  void sweep();
  return () => {
    isStopped = true;
  };
}
