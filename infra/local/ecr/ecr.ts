import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../../../shared/ports/clock.ts';
import { listenOnLoopback } from '../registry/loopback.ts';
import { createEcrTokens, type EcrTokens } from './tokens.ts';

export interface EcrFault {
  /** AWS's error name, such as `AccessDeniedException` or `ThrottlingException`. */
  readonly error?: string;
  readonly status?: number;
  /** Wait that long (real milliseconds) before answering. */
  readonly hangMs?: number;
}

export interface Ecr {
  /** `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL_ECR` or the client's `endpoint`. */
  readonly endpoint: string;
  readonly account: string;
  readonly tokens: EcrTokens;
  /** How many tokens were asked for. */
  calls(): number;
  setFault(fault: EcrFault | undefined): void;
  stop(): Promise<void>;
}

const TARGET = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The region is part of the signature's scope: `Credential=AKID/20261122/eu-west-1/ecr/aws4_request`. */
function regionOf(request: IncomingMessage, fallback: string): string {
  return /Credential=[^/]+\/\d{8}\/([a-z0-9-]+)\/ecr\//.exec(request.headers.authorization ?? '')?.[1] ?? fallback;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}

/** ECR's GetAuthorizationToken over loopback HTTP (AWS JSON 1.1). Signatures are not checked, only their region is read. */
export async function createEcr(options: {
  readonly clock: Clock;
  readonly account?: string;
  readonly region?: string;
}): Promise<Ecr> {
  const { clock, account = '123456789012', region: defaultRegion = 'eu-west-1' } = options;
  const tokens = createEcrTokens({ clock, account });
  let fault: EcrFault | undefined;
  let calls = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await readBody(request);
    const current = fault;
    if (current?.hangMs) await new Promise((resolve) => setTimeout(resolve, current.hangMs).unref());
    if (current?.error) {
      answer(response, current.status ?? 400, { __type: current.error, message: `${current.error} (embedded ECR)` });
      return;
    }
    if (request.headers['x-amz-target'] !== TARGET) {
      answer(response, 400, { __type: 'UnknownOperationException' });
      return;
    }
    if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) {
      answer(response, 400, { __type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' });
      return;
    }
    calls += 1;
    const region = regionOf(request, defaultRegion);
    const { authorizationToken, expiresAt } = tokens.issue(region);
    answer(response, 200, {
      authorizationData: [
        {
          authorizationToken,
          expiresAt: expiresAt / 1000,
          proxyEndpoint: `https://${account}.dkr.ecr.${region}.amazonaws.com`,
        },
      ],
    });
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const { url, close } = await listenOnLoopback(server);
  return {
    endpoint: url,
    account,
    tokens,
    calls: () => calls,
    setFault(next) {
      fault = next;
    },
    stop: close,
  };
}
