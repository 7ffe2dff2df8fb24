import { createServer, type IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listenOnLoopback } from '../../../infra/local/registry/loopback.ts';
import { createCredentialIssuer } from '../../../shared/adapters/ecr/create-credential-issuer.ts';
import { IssueError } from '../../../shared/domain/errors.ts';
import { tokenRequestFor } from '../../../shared/domain/refresh/token-request.ts';
import { PULL_ROLE, refreshTarget } from '../../support/refresh-builders.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const TOKEN = Buffer.from('AWS:the-password').toString('base64');
const SECOND_ROLE = 'arn:aws:iam::210987654321:role/second';

interface Call {
  readonly action: string;
  readonly form: URLSearchParams;
  /** Access key and region that signed it. */
  readonly signer: string;
}

describe('credential issuer', () => {
  let calls: Call[];
  let fail: ((call: Call) => { readonly status: number; readonly code: string } | undefined) | undefined;
  let stop: () => Promise<void>;
  let endpoint: string;

  beforeEach(async () => {
    calls = [];
    fail = undefined;
    const server = createServer((request, response) => {
      const answer = (call: Call) => {
        calls.push(call);
        const fault = fail?.(call);
        const isSts = call.action === 'AssumeRole';
        response.setHeader('content-type', isSts ? 'text/xml' : 'application/x-amz-json-1.1');
        response.statusCode = fault?.status ?? 200;
        if (fault !== undefined) {
          const message = 'User: arn:aws:sts::1:assumed-role/x is not authorized';
          response.end(
            isSts
              ? `<ErrorResponse><Error><Type>Sender</Type><Code>${fault.code}</Code><Message>${message}</Message></Error></ErrorResponse>`
              : JSON.stringify({ __type: fault.code, message }),
          );
        } else if (isSts) response.end(assumed(call.form.get('RoleArn') ?? ''));
        else {
          const data = { authorizationToken: TOKEN, expiresAt: (NOW + 12 * 3_600_000) / 1000 };
          response.end(JSON.stringify({ authorizationData: call.action.includes('SpencerFrontend') ? data : [data] }));
        }
      };
      readCall(request).then(answer, () => response.destroy());
    });
    const listening = await listenOnLoopback(server);
    endpoint = listening.url;
    stop = listening.close;
  });
  afterEach(() => stop());

  const issue = (target = refreshTarget()) => {
    const [registry] = target.registries;
    if (registry === undefined) throw new Error('no registry');
    const endpoints = { ecr: endpoint, ecrPublic: endpoint, sts: endpoint };
    const awsKeys = async () => ({ accessKeyId: 'OWN', secretAccessKey: 'own-secret' });
    return createCredentialIssuer({ awsKeys, clock: { now: () => NOW }, endpoints, retryAfterMs: 1 }).issue(
      tokenRequestFor(target, registry),
    );
  };

  it("assumes the target's role with its session policy, and asks as that role in the registry's region", async () => {
    const token = await issue(refreshTarget({ repositories: ['shop/*'] }));
    expect(token).toMatchObject({ username: 'AWS', issuedAt: NOW, expiresAt: NOW + 12 * 3_600_000 });
    expect(token.password.reveal()).toBe('the-password');
    expect(calls.map(({ action, signer }) => [action.replace(/.*\./, ''), signer])).toEqual([
      ['AssumeRole', 'OWN eu-west-1'],
      ['GetAuthorizationToken', `KEY-${PULL_ROLE} eu-west-1`.replaceAll('/', '_')],
    ]);
    expect(JSON.parse(calls[0]?.form.get('Policy') ?? '').Statement[1].Resource).toEqual([
      'arn:aws:ecr:eu-west-1:123456789012:repository/shop/*',
    ]);
    expect(inspect(token)).not.toContain('the-password');
  });

  it('assumes a chain one after the other, the policy on the last', async () => {
    await issue(refreshTarget({ roleArn: [PULL_ROLE, SECOND_ROLE], repositories: ['a'] }));
    expect(calls.map(({ form, signer }) => [form.get('RoleArn'), form.has('Policy'), signer.split(' ')[0]])).toEqual([
      [PULL_ROLE, false, 'OWN'],
      [SECOND_ROLE, true, `KEY-${PULL_ROLE}`.replaceAll('/', '_')],
      [null, false, `KEY-${SECOND_ROLE}`.replaceAll('/', '_')],
    ]);
  });

  it.each([
    { registry: 'public.ecr.aws', region: 'us-east-1' },
    { registry: '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' },
    { registry: '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com', region: 'us-gov-west-1' },
    { registry: '123456789012.dkr-ecr.eu-central-1.on.aws', region: 'eu-central-1' },
  ])('asks for $registry in $region, as itself only where the target says so', async ({ registry, region }) => {
    const token = await issue(refreshTarget({ registries: [registry], roleArn: 'none' }));
    expect(token.password.reveal()).toBe('the-password');
    expect(calls.map(({ signer }) => signer)).toEqual([`OWN ${region}`]);
  });

  it('tries again where AWS is busy', async () => {
    let left = 3;
    fail = () => (left-- > 0 ? { status: 400, code: 'ThrottlingException' } : undefined);
    expect((await issue(refreshTarget({ roleArn: 'none' }))).username).toBe('AWS');
    expect(calls).toHaveLength(4);
  });

  it.each([
    { at: 'AssumeRole', status: 403, code: 'AccessDenied', reason: 'role-refused', tries: 1 },
    { at: 'AssumeRole', status: 403, code: 'ExpiredToken', reason: 'credentials-expired', tries: 1 },
    { at: 'GetAuthorizationToken', status: 400, code: 'AccessDeniedException', reason: 'token-refused', tries: 1 },
    {
      at: 'GetAuthorizationToken',
      status: 400,
      code: 'ExpiredTokenException',
      reason: 'credentials-expired',
      tries: 1,
    },
    { at: 'GetAuthorizationToken', status: 400, code: 'ThrottlingException', reason: 'throttled', tries: 6 },
    { at: 'GetAuthorizationToken', status: 500, code: 'ServerException', reason: 'unavailable', tries: 6 },
  ])('tells $code at $at as $reason', async ({ at, status, code, reason, tries }) => {
    fail = ({ action }) => (action.includes(at) ? { status, code } : undefined);
    const error = await issue().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(IssueError);
    expect(error).toMatchObject({ reason, retry: tries === 1 ? 'give-up' : 'retry' });
    expect(String(error)).toContain(PULL_ROLE);
    expect(String(error)).toContain(code);
    expect(calls.filter(({ action }) => action.includes(at))).toHaveLength(tries);
    expect(inspect(error, { depth: 10 })).not.toMatch(/own-secret|SECRET-/);
  });
});

async function readCall(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  const [, key = '', region = ''] =
    /Credential=(.+)\/\d{8}\/([a-z0-9-]+)\//.exec(request.headers.authorization ?? '') ?? [];
  return { action: form.get('Action') ?? String(request.headers['x-amz-target']), form, signer: `${key} ${region}` };
}

function assumed(roleArn: string): string {
  const key = `KEY-${roleArn}`.replaceAll('/', '_');
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>${key}</AccessKeyId><SecretAccessKey>SECRET-x</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-11-22T12:15:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}
