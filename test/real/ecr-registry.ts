import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createEcr } from '../../infra/local/ecr/ecr.ts';
import { passOn } from './pass-on.ts';

/** Nothing else of the testbed answers under this name. */
export const EXPIRING_ECR_HOST = '210987654321.dkr.ecr.eu-west-1.amazonaws.com';
const REGION = 'eu-west-1';
/** The node takes loopback registries without TLS, and nothing else of the testbed uses this port. */
const PORT = 5_012;

/** An ECR whose passwords really end: its API, and a registry that lets in whoever holds a password that has not. */
export interface EcrRegistry {
  readonly endpoint: string;
  /** A password that ends then. */
  passwordUntil(expiresAt: number): string;
  /** Tokens that were asked for. */
  calls(): number;
  stop(): Promise<void>;
}

const LIFE_MS = 12 * 3_600_000;

/** @param containerdFolder in which the node's containerd looks for `certs.d/<host>/hosts.toml` */
export async function startEcrRegistry(containerdFolder: string): Promise<EcrRegistry> {
  const ecr = await createEcr({ clock: { now: () => Date.now() }, account: '210987654321', region: REGION });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, given = ''] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const [, password = ''] = /^AWS:([\s\S]*)$/.exec(Buffer.from(given, 'base64').toString()) ?? [];
    if (given === '') return refuse(response, 401, 'UNAUTHORIZED', 'no basic auth credentials');
    const state = ecr.tokens.state(password, REGION);
    if (state === 'valid') return passOn(request, response);
    refuse(response, 403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.');
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(502).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, '127.0.0.1', resolve);
  });
  const folder = join(containerdFolder, 'certs.d', EXPIRING_ECR_HOST);
  mkdirSync(folder, { recursive: true });
  const address = `http://127.0.0.1:${PORT}`;
  writeFileSync(
    join(folder, 'hosts.toml'),
    `server = "${address}"\n[host."${address}"]\n  capabilities = ["pull", "resolve"]\n`,
  );
  return {
    endpoint: ecr.endpoint,
    passwordUntil: (expiresAt) => ecr.tokens.issue(REGION, expiresAt - LIFE_MS).password,
    calls: () => ecr.calls(),
    async stop() {
      rmSync(folder, { recursive: true, force: true });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await ecr.stop();
    },
  };
}

/** As ECR answers over the registry's API (facts: 401 without credentials, 403 with an expired token). */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const challenge = `Basic realm="https://${EXPIRING_ECR_HOST}/",service="ecr.amazonaws.com"`;
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 401 ? { 'www-authenticate': challenge } : {}),
  });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
