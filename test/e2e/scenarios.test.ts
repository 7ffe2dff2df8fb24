import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SCENARIOS } from '../../infra/local/scenarios/index.ts';
import type { SlackMessage } from '../../infra/local/slack/workspace.ts';
import { type Embedded, settle, startEmbedded } from './embedded.ts';

jest.setTimeout(300_000);

const FAILING = SCENARIOS.filter(({ expected }) => expected !== 'runs');
const RUNNING = SCENARIOS.filter(({ expected }) => expected === 'runs');

describe('the scenarios of npm start', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded({ scenarios: SCENARIOS.map(({ name }) => name) });
  });

  afterAll(async () => embedded?.stop());

  async function causeOf({ metadata }: SlackMessage): Promise<string | undefined> {
    const id = String(metadata?.event_payload['id']);
    return (await embedded.stack.engine.store.load(id))?.incident.best.causeId;
  }

  it('are those of the table', () => {
    expect(Object.fromEntries(SCENARIOS.map(({ name, expected }) => [name, expected]))).toEqual({
      'refreshed-ecr-token': 'runs',
      nonexistent: 'access-denied-or-not-found',
      'wrong-registry': 'dns-failure',
      'private-image': 'auth-missing',
      'with-pull-secret': 'runs',
      'sa-pull-secret': 'runs',
      'always-pull': 'runs',
      'no-tag': 'runs',
      'digest-pin': 'runs',
      'slow-pull': 'runs',
      'never-pull': 'image-never-pull',
      'rate-limit-test': 'rate-limited',
      'concurrent-pulls': 'runs',
      'expired-ecr-token': 'auth-expired',
      'missing-secret': 'secret-not-found',
      'wrong-platform': 'platform-mismatch',
      'bad-tag-rollout': 'tag-not-found',
      'unattached-secret': 'auth-missing',
      'attached-too-late': 'auth-missing',
      'removed-tag': 'tag-not-found',
      'gitops-bad-tag': 'tag-not-found',
      'registry-outage': 'registry-5xx',
    });
  });

  it.each(FAILING)('$name ends as $expected', async ({ expected, subject }) => {
    const message = await embedded.untilMessage(`${subject.namespace}/${subject.workload}`, 120);
    expect(await causeOf(message)).toBe(expected);
    expect(embedded.about(`${subject.namespace}/${subject.workload}`)).toHaveLength(1);
  });

  it('says of the bad tag that the old revision serves', async () => {
    const { subject } = SCENARIOS.find(({ name }) => name === 'bad-tag-rollout') ?? { subject: undefined };
    expect(embedded.about(`${subject?.namespace}/${subject?.workload}`)[0]?.text).toMatch(
      /^🟠 .*old pods? still serves?/u,
    );
  });

  it.each(RUNNING)('$name is silent', async ({ subject }) => {
    expect(embedded.about(`${subject.namespace}/${subject.workload}`)).toEqual([]);
  });

  it('turns every message green once it is repaired', async () => {
    const { stack } = embedded;
    const before = embedded.messages().length;
    for (const { repair } of FAILING) await repair?.(stack);
    for (const { subject } of FAILING) {
      await embedded.untilMessage(`${subject.namespace}/${subject.workload}`, 120, /^🟢/u);
    }
    await settle(embedded);
    expect(embedded.messages()).toHaveLength(before);
  });
});
