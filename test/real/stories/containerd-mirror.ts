import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { container, podOf } from '../cases/objects.ts';
import { passOn } from '../pass-on.ts';
import { runProgram, until } from '../processes.ts';
import { namespaceOf, type Universe } from '../universe.ts';
import { alone, needsRegistries, type Story, story } from './story.ts';

const NAME = 'containerd-mirror';
const SHIPPED = join(import.meta.dirname, '..', '..', '..', 'infra', 'containerd');
const MIRROR_HOST = 'https://registry-mirror.example.com';
const ECR_MIRROR = 'https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/v2/docker-hub';
const ECR_TOKEN = 'e2e-ecr-token';
/** A kubelet tries again after 10 and 20 s. */
const RETRY_SECONDS = 60;

/**
 * A real containerd pulls through the shipped hosts.toml: what Docker Hub refuses with 429 comes from the mirror, without
 * a restart; without the mirror it comes from Docker Hub; and ECR's shape works, with a prefix and a token. The only
 * thing that is changed is the address of the mirror.
 */
export const containerdMirror: Story = alone(
  story(
    NAME,
    [NAME],
    async (universe, problems, tell) => {
      const folder = join(containerdFolder(universe), 'certs.d', 'docker.io');
      const mirror = await startMirror();
      mkdirSync(folder, { recursive: true });
      try {
        const limitedAt = Date.now();
        await create(universe, 'limited', 'redis:7.2');
        const limited = await until('Docker Hub says 429', 30, () =>
          waitingMessage(universe, 'limited', /429|toomanyrequests/i),
        );
        tell({ fails: { text: limited.slice(0, 120), seconds: (Date.now() - limitedAt) / 1_000 } });

        const writtenAt = Date.now();
        writeFileSync(join(folder, 'hosts.toml'), shipped('certs.d/docker.io/hosts.toml', MIRROR_HOST, mirror.url));
        await until('the same pod runs', RETRY_SECONDS, () => isRunning(universe, 'limited'));
        const asked = mirror.requests.filter((line) => /^GET \/v2\/library\/redis\/.*ns=docker\.io/.test(line));
        if (asked.length < 2) problems.push(`the mirror served ${mirror.requests.join(', ') || 'nothing'}`);
        tell({
          recovered: {
            text: `hosts.toml written, containerd not restarted: it runs, ${asked.length} GETs for ns=docker.io at the mirror`,
            seconds: (Date.now() - writtenAt) / 1_000,
          },
        });

        const before = mirror.requests.length;
        mirror.refuse();
        await create(universe, 'fallback', 'nginx:1.27');
        await until('without the mirror it comes from Docker Hub', RETRY_SECONDS, () =>
          isRunning(universe, 'fallback'),
        );
        if (mirror.requests.length === before) problems.push('the mirror was not asked first');
        tell({ cause: { text: 'the mirror answers 503: a second pod runs from Docker Hub' } });

        mirror.beEcr();
        await writeEcrHosts(folder, mirror.url);
        const fromEcr = mirror.requests.length;
        await create(universe, 'ecr', 'nginx:latest');
        await until('through the shape of ECR', RETRY_SECONDS, () => isRunning(universe, 'ecr'));
        const served = mirror.requests.slice(fromEcr);
        if (!served.some((line) => /^HEAD \/v2\/docker-hub\/library\/nginx\/manifests\/latest.* 200$/.test(line)))
          problems.push(`ECR served ${served.join(', ') || 'nothing'}`);
        tell({ message: { text: 'below /v2/docker-hub, with the token that write-token.sh wrote: runs' } });
      } finally {
        rmSync(folder, { recursive: true, force: true });
        await mirror.stop();
      }
    },
    (universe) =>
      needsRegistries(universe) ?? (universe.options.registryCa === undefined ? 'needs --registry-ca' : undefined),
  ),
);

/** As `ecr-registry.ts`: beside the CA is what containerd reads. */
function containerdFolder({ options }: Universe): string {
  return join(dirname(options.registryCa ?? ''), 'containerd');
}

function shipped(name: string, host: string, url: string): string {
  const text = readFileSync(join(SHIPPED, name), 'utf8');
  if (!text.includes(host)) throw new Error(`${name} does not name ${host}`);
  return text.replaceAll(host, url);
}

/** The shipped script with another AWS CLI. */
async function writeEcrHosts(folder: string, url: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'pullmedic-mirror-'));
  try {
    writeFileSync(join(work, 'aws'), `#!/bin/sh\nprintf ${ECR_TOKEN}\n`, { mode: 0o755 });
    const template = join(work, 'hosts.toml');
    writeFileSync(template, shipped('ecr/certs.d/docker.io/hosts.toml', ECR_MIRROR, `${url}/v2/docker-hub`));
    await runProgram('env', [
      `PATH=${work}:${process.env['PATH']}`,
      ...[join(SHIPPED, 'ecr/write-token.sh'), template, join(folder, 'hosts.toml'), 'eu-west-1'],
    ]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function create({ kubectl }: Universe, name: string, image: string): Promise<void> {
  // Always: what the node has by another case proves nothing.
  return kubectl.apply(namespaceOf(NAME), [podOf({ containers: [container(image, 'app', 'Always')] }, name)]);
}

function statusOf({ watch }: Universe, name: string) {
  const pod = watch.see(namespaceOf(NAME)).pods.find(({ metadata }) => metadata?.name === name);
  return pod?.status?.containerStatuses?.[0];
}

function isRunning(universe: Universe, name: string): boolean {
  return statusOf(universe, name)?.state?.running !== undefined;
}

function waitingMessage(universe: Universe, name: string, says: RegExp): string | undefined {
  const message = statusOf(universe, name)?.state?.waiting?.message;
  return message !== undefined && says.test(message) ? message : undefined;
}

/** The testbed's open registry, as a mirror of Docker Hub; then one that is broken; then one of ECR's shape. */
async function startMirror() {
  const requests: string[] = [];
  let mode: 'mirror' | 'broken' | 'ecr' = 'mirror';
  const server = createServer((request, response) => {
    const asked = `${request.method} ${request.url}`;
    response.on('finish', () => requests.push(`${asked} ${response.statusCode}`));
    if (mode === 'broken') return void response.writeHead(503).end();
    if (mode === 'ecr') {
      const expected = `Basic ${Buffer.from(`AWS:${ECR_TOKEN}`).toString('base64')}`;
      if (request.headers.authorization !== expected) return void response.writeHead(401).end();
      request.url = request.url?.replace('/v2/docker-hub/', '/v2/') ?? '';
    }
    passOn(request, response).catch(() => response.writeHead(502).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** `GET /v2/… 200`, in the order of their ends. */
    requests: requests as readonly string[],
    refuse() {
      mode = 'broken';
    },
    beEcr() {
      mode = 'ecr';
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
