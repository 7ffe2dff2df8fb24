import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { listenOnLoopback } from '../../infra/local/registry/loopback.ts';
import { ACCOUNT, REGION } from './aws-calls.ts';
import type { FunctionOf } from './template.ts';

/** A function as Lambda runs it: one instance, cold at first, thrown away after a crash or a time-out. */
export interface LambdaProcess {
  /** One at a time: who comes later waits. @throws {InvocationError} as Lambda would tell a caller */
  invoke(event: unknown): Promise<unknown>;
  /** From now on its process is killed, as for want of memory, by an event that holds this; `undefined` = by none. */
  killOn(text: string | undefined): void;
  /** What it wrote, EMF metrics and logs, a line each. */
  readonly lines: readonly string[];
  /** Processes that were started. */
  coldStarts(): number;
  invocations(): number;
  stop(): Promise<void>;
}

/** An invocation that failed: the function threw, its process ended, or its time was over. */
export class InvocationError extends Error {
  override readonly name = 'InvocationError';
}

/** Of the whole memory, as the runtime leaves Node (`--max-old-space-size`). */
const HEAP_SHARE = 0.9;

interface Invocation {
  readonly id: string;
  readonly event: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: InvocationError) => void;
}

export async function startLambda(options: {
  readonly of: FunctionOf;
  readonly folder: string;
  /** Exactly what the template gives, its references resolved. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of the function's role; and where AWS is. */
  readonly accessKeyId: string;
  readonly awsUrl: string;
}): Promise<LambdaProcess> {
  const { of, folder } = options;
  const lines: string[] = [];
  let child: ChildProcess | undefined;
  let waiting: ServerResponse | undefined;
  let current: Invocation | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let [starts, invocations] = [0, 0];
  let killedBy: string | undefined;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id, what] = /^\/2018-06-01\/runtime\/(?:invocation\/)?([^/]+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? [];
    if (request.method === 'GET' && id === 'next') {
      waiting = response;
      hand();
      return;
    }
    const body = await readBody(request);
    response.writeHead(202).end();
    if (id === 'init') fail(`init: ${body}`);
    else if (id === current?.id) {
      if (what === 'response') finish((one) => one.resolve(JSON.parse(body)));
      else fail(body);
    }
  }

  function hand(): void {
    if (waiting === undefined || current === undefined) return;
    const response = waiting;
    waiting = undefined;
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': current.id,
      'lambda-runtime-deadline-ms': String(Date.now() + of.timeoutSeconds * 1_000),
      'lambda-runtime-invoked-function-arn': `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${of.functionName}`,
    });
    response.end(current.event);
    if (killedBy !== undefined && current.event.includes(killedBy)) child?.kill('SIGKILL');
  }

  function finish(end: (invocation: Invocation) => void): void {
    const ended = current;
    current = undefined;
    if (ended) end(ended);
  }

  function fail(why: string): void {
    finish((one) => one.reject(new InvocationError(`${of.name}: ${why}`)));
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  const { address, close } = await listenOnLoopback(server);

  function start(): ChildProcess {
    starts += 1;
    const heapMb = Math.floor(of.memoryMb * HEAP_SHARE);
    const started = spawn(
      process.execPath,
      [`--max-old-space-size=${heapMb}`, join(import.meta.dirname, 'bootstrap.cjs')],
      {
        cwd: folder,
        env: { ...options.environment, ...reserved(of, folder, address), ...access(options) },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [started.stdout, started.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)));
    }
    started.once('exit', (code, signal) => {
      if (child === started) {
        child = undefined;
        waiting = undefined;
        fail(`Runtime exited with ${signal ?? code}`);
      }
    });
    return started;
  }

  function run(event: unknown): Promise<unknown> {
    invocations += 1;
    return new Promise<unknown>((resolve, reject) => {
      current = { id: randomUUID(), event: JSON.stringify(event), resolve, reject };
      const { id } = current;
      child ??= start();
      setTimeout(() => {
        if (current?.id !== id) return;
        child?.kill('SIGKILL');
        fail(`Task timed out after ${of.timeoutSeconds} seconds`);
      }, of.timeoutSeconds * 1_000).unref();
      hand();
    });
  }

  return {
    lines,
    killOn(text) {
      killedBy = text;
    },
    coldStarts: () => starts,
    invocations: () => invocations,
    invoke(event) {
      const running = last.then(() => run(event));
      last = running.catch(() => undefined);
      return running;
    },
    async stop() {
      const ending = child;
      child = undefined;
      if (ending && ending.exitCode === null && ending.signalCode === null) {
        const ended = new Promise((resolve) => ending.once('exit', resolve));
        ending.kill('SIGKILL');
        await ended;
      }
      await close();
    },
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, the reserved ones. */
function reserved({ functionName, handler, memoryMb }: FunctionOf, folder: string, runtimeApi: string) {
  return {
    _HANDLER: handler,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'harness',
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: folder,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/usr/local/bin:/usr/bin:/bin',
  };
}

function access({ accessKeyId, awsUrl }: { readonly accessKeyId: string; readonly awsUrl: string }) {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'of-the-role',
    AWS_SESSION_TOKEN: 'of-the-role',
    AWS_ENDPOINT_URL: awsUrl,
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
