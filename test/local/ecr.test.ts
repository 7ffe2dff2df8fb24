import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createEcr, type Ecr } from '../../infra/local/ecr/ecr.ts';

const HOUR_MS = 3600_000;

let now = Date.parse('2026-11-22T12:00:00Z');
let ecr: Ecr;
let client: ECRClient;

function clientFor(region: string): ECRClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new ECRClient({ region, endpoint: ecr.endpoint, credentials, maxAttempts: 1 });
}

beforeEach(async () => {
  now = Date.parse('2026-11-22T12:00:00Z');
  ecr = await createEcr({ clock: { now: () => now } });
  client = clientFor('eu-west-1');
});

afterEach(async () => {
  client.destroy();
  await ecr.stop();
});

async function password(from: ECRClient): Promise<{ readonly text: string; readonly expiresAt: Date | undefined }> {
  const { authorizationData } = await from.send(new GetAuthorizationTokenCommand({}));
  const [data] = authorizationData ?? [];
  const decoded = Buffer.from(data?.authorizationToken ?? '', 'base64').toString('utf8');
  expect(decoded).toMatch(/^AWS:/);
  return { text: decoded.slice('AWS:'.length), expiresAt: data?.expiresAt };
}

it('gives the official client a token of 12 hours by the embedded clock, with the expiry written in it', async () => {
  const { text, expiresAt } = await password(client);
  expect(expiresAt?.getTime()).toBe(now + 12 * HOUR_MS);
  const inside = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as { expiration: number };
  expect(inside.expiration * 1000).toBe(now + 12 * HOUR_MS);
  expect(text.length).toBeGreaterThan(2_000);
  expect(ecr.calls()).toBe(1);
});

it.each([
  { hours: 11.99, state: 'valid' },
  { hours: 12, state: 'expired' },
])('after $hours h the token is $state', async ({ hours, state }) => {
  const { text } = await password(client);
  now += hours * HOUR_MS;
  expect(ecr.tokens.state(text, 'eu-west-1')).toBe(state);
});

it('knows a token only in the region that it was signed for, and no forged one', async () => {
  const { text } = await password(client);
  expect(ecr.tokens.state(text, 'us-east-1')).toBe('unknown');
  const inside = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as { expiration: number };
  const longer = Buffer.from(JSON.stringify({ ...inside, expiration: inside.expiration + 3600 })).toString('base64');
  expect(ecr.tokens.state(longer, 'eu-west-1')).toBe('unknown');
  expect(ecr.tokens.state('not base64 json', 'eu-west-1')).toBe('unknown');
  const other = clientFor('us-east-1');
  expect(ecr.tokens.state((await password(other)).text, 'us-east-1')).toBe('valid');
  other.destroy();
});

it('expires all tokens at once on request, and new ones are good', async () => {
  const { text } = await password(client);
  ecr.tokens.expireAll();
  expect(ecr.tokens.state(text, 'eu-west-1')).toBe('expired');
  expect(ecr.tokens.state((await password(client)).text, 'eu-west-1')).toBe('valid');
});

it('fails as AWS does where a fault is set', async () => {
  ecr.setFault({ error: 'AccessDeniedException', status: 400 });
  await expect(client.send(new GetAuthorizationTokenCommand({}))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  ecr.setFault(undefined);
  await expect(password(client)).resolves.toBeDefined();
});

it('refuses a call without a signature and an operation that it does not have', async () => {
  const unsigned = await fetch(ecr.endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken' },
    body: '{}',
  });
  expect(await unsigned.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  const other = await fetch(ecr.endpoint, { method: 'POST', headers: { 'x-amz-target': 'X.Y' }, body: '{}' });
  expect(await other.json()).toMatchObject({ __type: 'UnknownOperationException' });
});
