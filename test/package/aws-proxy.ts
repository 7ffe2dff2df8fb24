import { createServer, type IncomingMessage, request as requestOf, type ServerResponse } from 'node:http';
import { listenOnLoopback } from '../../infra/local/registry/loopback.ts';
import { callsOf, type WireRequest } from './aws-calls.ts';
import { type AwsCall, type Grant, isGranted } from './grants.ts';

/** Who calls, known by its access key. */
export interface Caller {
  readonly name: string;
  /** `undefined` = a role that was assumed: what it may is not this template's business. */
  readonly grants: readonly Grant[] | undefined;
}

export interface RecordedCall extends AwsCall {
  readonly caller: string;
  readonly isAllowed: boolean;
}

/** AWS for the functions: asks what IAM would, refuses what their role does not grant, and hands the rest on. */
export interface AwsProxy {
  readonly url: string;
  /** Each different call once. */
  calls(): readonly RecordedCall[];
  /** Requests that the harness does not know, and callers that it does not. */
  problems(): readonly string[];
  stop(): Promise<void>;
}

/** Answers in AWS's place; `undefined` = moto does. */
export type Answerer = (request: WireRequest, call: AwsCall) => { readonly url: string } | object | undefined;

const DENIED = { __type: 'AccessDeniedException', message: 'not granted by the compiled template' };

export async function startAwsProxy(options: {
  readonly moto: string;
  readonly callers: ReadonlyMap<string, Caller>;
  readonly answer: Answerer;
}): Promise<AwsProxy> {
  const recorded = new Map<string, RecordedCall>();
  const problems = new Set<string>();
  // moto's transactions are not safe against its own other threads: one call at a time.
  let turn: Promise<unknown> = Promise.resolve();

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(incoming);
    const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body };
    const key = /Credential=([^/]+)\//.exec(String(incoming.headers.authorization))?.[1] ?? '';
    // Any other temporary key is one that moto's STS gave: the calls are that role's.
    const isAssumed = key.startsWith('ASIA');
    const caller = options.callers.get(key) ?? (isAssumed ? { name: 'assumed role', grants: undefined } : undefined);
    if (caller === undefined) throw new Error(`unsigned, or by an unknown key: ${request.method} ${request.path}`);
    const calls = callsOf(request);
    const isAllowed = note(calls, caller);
    if (!isAllowed) {
      send(response, 400, DENIED);
      return;
    }
    const [first] = calls;
    const own = first && options.answer(request, first);
    if (own === undefined) {
      const forwarded = turn.then(() => forward(options.moto, request, response));
      turn = forwarded.catch(() => undefined);
      await forwarded;
    } else if ('url' in own) await forward(String(own.url), request, response);
    else send(response, 200, own);
  }

  function note(calls: readonly AwsCall[], { name, grants }: Caller): boolean {
    const allowed = calls.map((call) => grants === undefined || isGranted(call, grants));
    for (const [index, call] of calls.entries()) {
      const one = { ...call, caller: name, isAllowed: allowed[index] === true };
      recorded.set(JSON.stringify(one), one);
    }
    return allowed.every(Boolean);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      problems.add(error instanceof Error ? error.message : String(error));
      send(response, 500, { __type: 'InternalFailure' });
    });
  });
  const { url, close } = await listenOnLoopback(server);
  return { url, calls: () => [...recorded.values()], problems: () => [...problems], stop: close };
}

function forward(origin: string, { method, path, headers, body }: WireRequest, response: ServerResponse) {
  return new Promise<void>((resolve, reject) => {
    const { host: _, connection: _own, ...rest } = headers;
    const outgoing = requestOf(new URL(path, origin), { method, headers: rest, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
      answer.once('end', resolve).once('error', reject);
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return void response.destroy();
  const type = '__type' in body ? { 'x-amzn-errortype': String(body.__type) } : {};
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...type }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
