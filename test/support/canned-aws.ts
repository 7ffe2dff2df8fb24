import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the fake endpoint answers: JSON, nothing ever, or a broken connection. */
export type CannedAnswer =
  | { readonly status: number; readonly body: Readonly<Record<string, unknown>> }
  | 'hang'
  | 'reset';

export interface CannedCall {
  /** Such as `TransactWriteItems`. */
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: the requests of AWS have no type here; the tests name what they look at
  readonly input: any;
}

export interface CannedAws {
  readonly calls: readonly CannedCall[];
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  stop(): Promise<void>;
}

/** An AWS endpoint (JSON protocol) on loopback that answers what it is told; the last answer stays. */
export async function startCannedAws(answers: readonly CannedAnswer[]): Promise<CannedAws> {
  const calls: CannedCall[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    request.on('end', () => {
      const answer = answers[Math.min(calls.length, answers.length - 1)];
      calls.push({ operation: String(request.headers['x-amz-target']).replace(/^.*\./, ''), input: JSON.parse(text) });
      if (answer === 'reset') request.socket.destroy();
      else if (answer !== undefined && answer !== 'hang') {
        response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(JSON.stringify(answer.body));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    calls,
    clientConfig: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An error as the JSON protocol tells it. */
export function awsError(status: number, name: string, more: Readonly<Record<string, unknown>> = {}): CannedAnswer {
  return { status, body: { __type: `com.amazonaws.test#${name}`, message: 'as told', ...more } };
}
