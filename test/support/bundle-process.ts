import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../infra/build/bundle.ts';
import { signSlackRequest } from '../../infra/local/slack/sign-request.ts';

/** A request as API Gateway hands it to a function. */
interface Request {
  readonly rawPath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Packs a function into a new folder, with its configuration. @returns the folder; the caller removes it */
export async function packFunction(name: string, configText: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pullmedic-bundle-'));
  writeFileSync(join(folder, 'index.cjs'), (await bundle(name)).code);
  writeFileSync(join(folder, 'pullmedic.yaml'), configText);
  return folder;
}

/** What a bare Node runs there to make one request. @param shown of the answer `a`: an expression, written to standard output */
export function requestScript(request: Request, shown: string): string {
  const event = { ...request, requestContext: { http: { method: 'POST' } }, isBase64Encoded: false };
  return `require('./index.cjs').handler(${JSON.stringify(event)}, {}).then((a) => process.stdout.write(${shown}))`;
}

/** The environment of a packed function whose AWS is at that address. */
export function functionEnv(awsUrl: string): Readonly<Record<string, string>> {
  return {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: awsUrl,
    PULLMEDIC_CONFIG: 'pullmedic.yaml',
    PULLMEDIC_TRIAGE_QUEUE_URL: `${awsUrl}/123456789012/triage`,
    PULLMEDIC_PUBLISH_QUEUE_URL: `${awsUrl}/123456789012/publish.fifo`,
  };
}

export function slackActionsEnv(awsUrl: string): Readonly<Record<string, string>> {
  return {
    ...functionEnv(awsUrl),
    PULLMEDIC_TABLE: 'table',
    PULLMEDIC_REMEDY_QUEUE_URL: `${awsUrl}/123456789012/remedies`,
  };
}

/** A form as Slack posts it now. */
export function slackRequest(form: string, secret: string): Request {
  const seconds = Math.floor(Date.now() / 1_000);
  return {
    rawPath: '/slack',
    headers: {
      'x-slack-request-timestamp': String(seconds),
      'x-slack-signature': signSlackRequest(Buffer.from(form), seconds, secret),
    },
    body: form,
  };
}
