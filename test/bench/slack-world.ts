import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { RecordStore, StoredRecord } from '../../shared/ports/record-store.ts';

/** What slack-actions talks to, on one port of loopback: Slack's Web API that is slow, DynamoDB and SQS that are not. */
export interface SlackWorld {
  readonly url: string;
  /** Slack's methods that were called, in order. */
  readonly methods: readonly string[];
  /** Bodies of messages that were sent to a queue. */
  readonly sent: readonly string[];
  stop(): Promise<void>;
}

/** @param records what the table holds; writes are accepted and forgotten */
export async function startSlackWorld(records: RecordStore, slackDelayMs: number): Promise<SlackWorld> {
  const methods: string[] = [];
  const sent: string[] = [];

  async function answer(request: IncomingMessage, body: string): Promise<object> {
    const url = request.url ?? '';
    if (url.startsWith('/api/')) {
      const method = url.slice('/api/'.length);
      methods.push(method);
      await pause(slackDelayMs);
      return SLACK[method] ?? { ok: false, error: 'unknown_method' };
    }
    const input = JSON.parse(body) as Readonly<Record<string, unknown>>;
    switch (String(request.headers['x-amz-target']).split('.')[1]) {
      case 'GetItem': {
        const { pk, sk } = input['Key'] as Record<string, { readonly S: string }>;
        const record = await records.get({ partition: pk?.S ?? '', sort: sk?.S ?? '' });
        return record === undefined ? {} : { Item: toItem(record) };
      }
      case 'Query': {
        const values = input['ExpressionAttributeValues'] as Record<string, { readonly S: string }>;
        const sortPrefix = values[':prefix']?.S;
        const found = await records.list(values[':pk']?.S ?? '', sortPrefix === undefined ? {} : { sortPrefix });
        return { Items: found.map(toItem), Count: found.length };
      }
      case 'SendMessageBatch': {
        const entries = input['Entries'] as readonly { readonly Id: string; readonly MessageBody: string }[];
        sent.push(...entries.map(({ MessageBody: text }) => text));
        return {
          Successful: entries.map(({ Id, MessageBody: text }) => ({
            Id,
            MessageId: Id,
            MD5OfMessageBody: createHash('md5').update(text).digest('hex'),
          })),
        };
      }
      default:
        return {};
    }
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const reply = JSON.stringify(await answer(request, Buffer.concat(chunks).toString()));
    const isSlack = request.url?.startsWith('/api/') === true;
    response.writeHead(200, { 'content-type': isSlack ? 'application/json' : 'application/x-amz-json-1.0' });
    response.end(reply);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    methods,
    sent,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const SLACK: Readonly<Record<string, object>> = {
  'views.open': { ok: true, view: { id: 'V1' } },
  'views.update': { ok: true, view: { id: 'V1' } },
  'users.info': { ok: true, user: { id: 'U0ALICE01', team_id: 'T0TEAM001', name: 'alice' } },
  'usergroups.users.list': { ok: true, users: ['U0ALICE01'] },
  'auth.test': { ok: true, team_id: 'T0TEAM001' },
};

function toItem({ partition, sort, version, body }: StoredRecord): object {
  return {
    pk: { S: partition },
    sk: { S: sort },
    version: { N: String(version) },
    body: { S: JSON.stringify(body) },
  };
}
