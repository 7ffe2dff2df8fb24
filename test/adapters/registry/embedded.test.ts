import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEcrTokens } from '../../../infra/local/ecr/tokens.ts';
import { registryDispatcher } from '../../../infra/local/registry/dispatcher.ts';
import {
  createRegistry,
  PRIVATE_PASSWORD,
  PRIVATE_USER,
  type Registry,
} from '../../../infra/local/registry/registry.ts';
import { credential, NOW, openRegistry } from './ask.ts';

const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const tokens = createEcrTokens({ clock: { now: () => NOW }, account: '123456789012' });

let embedded: Registry;
let closeDispatcher: () => Promise<void>;
let asker: ReturnType<typeof openRegistry>;

beforeAll(async () => {
  embedded = await createRegistry({ tokens });
  embedded.addImage('docker.io/library/nginx:1.27');
  embedded.addImage('docker.io/acme/secret:1', { isPrivate: true });
  embedded.addImage('ghcr.io/acme/app:v2', { isPrivate: true });
  embedded.addImage('private.example.com/team/app:1.0', { platforms: ['linux/arm64'] });
  embedded.addImage(`${ECR}/shop/web:1.4`);
  embedded.setCredentials('ghcr.io', 'ann', 'ghp');
  const dispatcher = registryDispatcher(embedded);
  closeDispatcher = () => dispatcher.close();
  asker = openRegistry({
    entries: [{ host: '*.example.com' }],
    accounts: [{ id: '123456789012', roleArn: undefined }],
    deps: { network: { open: async () => ({ dispatcher, close: async () => {} }) } },
  });
});
afterAll(async () => {
  await closeDispatcher();
  await embedded.stop();
});

describe('the embedded registry', () => {
  it.each([
    { image: 'nginx:1.27', results: ['found'] },
    { image: 'nginx:1.72', results: ['manifest-unknown'] },
    { image: 'acme/secret:1', results: ['unauthorized'] },
    { image: 'acme/none:1', results: ['unauthorized'] },
    { image: 'ghcr.io/acme/app:v2', results: ['forbidden'] },
    { image: 'private.example.com/team/app:1.0', results: ['unauthorized'] },
    { image: `${ECR}/shop/web:1.4`, results: ['unauthorized'] },
    { image: 'unavailable.example.com/x:1', results: ['unavailable'] },
    { image: 'forbidden.example.com/x:1', results: ['forbidden'] },
    { image: 'ratelimited.example.com/x:1', results: ['rate-limited'] },
    { image: 'registry.example.com/none:1', results: ['repository-unknown'] },
  ])('says of $image without a credential: $results', async ({ image, results }) => {
    const { answer } = await asker.ask(image);
    expect(answer?.attempts.map(({ result }) => result)).toEqual(results);
  });

  it.each([
    { image: 'ghcr.io/acme/app:v2', user: 'ann', password: 'ghp', results: ['found'] },
    { image: 'ghcr.io/acme/app:v2', user: 'ann', password: 'old', results: ['forbidden', 'forbidden'] },
    { image: 'private.example.com/team/app:1.0', user: PRIVATE_USER, password: PRIVATE_PASSWORD, results: ['found'] },
    {
      image: 'private.example.com/team/app:1.1',
      user: PRIVATE_USER,
      password: PRIVATE_PASSWORD,
      results: ['manifest-unknown'],
    },
    { image: `${ECR}/shop/web:1.4`, user: 'AWS', password: tokens.issue('eu-west-1').password, results: ['found'] },
    {
      image: `${ECR}/shop/web:1.4`,
      user: 'AWS',
      password: tokens.issue('eu-west-1', NOW - 13 * 3_600_000).password,
      results: ['forbidden', 'unauthorized'],
    },
  ])('says of $image to $user: $results', async ({ image, user, password, results }) => {
    const { answer } = await asker.ask(image, { credentials: [credential(user, password)] });
    expect(answer?.attempts.map(({ result }) => result)).toEqual(results);
  });

  it('gives platforms, near tags and the rate limit', async () => {
    const credentials = [credential(PRIVATE_USER, PRIVATE_PASSWORD)];
    const single = await asker.ask('private.example.com/team/app:1.0', { credentials, wantsPlatforms: true });
    expect(single.answer?.platforms).toEqual([{ os: 'linux', architecture: 'arm64', variant: undefined }]);
    const near = await asker.ask('private.example.com/team/app:1.1', { credentials });
    expect(near.answer?.tags?.nearest).toEqual([{ tag: '1.0', pushedAt: undefined }]);
    const hub = await asker.ask('nginx:1.27', { wantsPlatforms: true });
    expect(hub.answer?.rateLimit).toMatchObject({ limit: 100, remaining: 76 });
    expect(hub.answer?.platforms).toHaveLength(2);
  });

  it('is not told of hosts that nobody configured, and fails as DNS does for those that are not there', async () => {
    const before = embedded.requests().length;
    expect((await asker.ask('evil.example/x:1')).gaps[0]?.why).toContain('well-known');
    expect((await asker.ask('nowhere.example.com/x:1')).gaps[0]?.why).toBe('its name does not resolve (ENOTFOUND)');
    expect(embedded.requests().length).toBe(before);
  });
});
