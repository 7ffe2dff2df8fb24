import { DynamoDBClient, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { PodObject, WorkloadObject } from '../../infra/local/kubernetes/objects.ts';
import { DEPLOYMENTS, PODS, SECRETS } from '../../infra/local/kubernetes/resources.ts';
import { deployment } from '../../infra/local/scenarios/objects.ts';
import type { SlackMessage } from '../../infra/local/slack/workspace.ts';
import { notification, podAlert } from '../e2e/alerts.ts';
import { ALICE, buttonsOf, type SlackUser, slackUser, textOfView } from '../e2e/slack-user.ts';
import { until } from '../support/until.ts';
import { clientSettings } from './deploy.ts';
import type { PackagedStack } from './packaged-stack.ts';
import { ALERT_TOKEN, SIGNING_SECRET } from './world.ts';

/** What a person and Alertmanager do with the packaged product, and what they see of it. */
export interface Stories {
  /** POST to the HTTP API as Alertmanager does. @returns the status */
  post(body: object | string, options?: { readonly token?: string; readonly path?: string }): Promise<number>;
  /** Fires an alert for a pod of the namespace that does not start. */
  alert(namespace: string): Promise<number>;
  messages(): readonly SlackMessage[];
  untilMessage(subject: string, line: RegExp, seconds?: number): Promise<SlackMessage>;
  /** Presses, again where the app took longer than Slack waits, as a person would. */
  press(message: SlackMessage, button: RegExp): Promise<void>;
  /** Presses, waits for the plan, and confirms it. @returns what the dialog showed */
  confirm(message: SlackMessage, button: RegExp): Promise<string>;
  readonly alice: SlackUser;
  untilWhole(namespace: string, name: string): Promise<void>;
  /** A rollout to a tag that does not exist, while the old revision serves. */
  rollOutBadTag(namespace: string, name: string): Promise<void>;
  /** The password in a pull secret. */
  passwordOf(namespace: string, secret: string, host: string): string;
  /** What waits for a minute in the store, waits no longer. @returns how many records that were */
  letMinutesPass(queue: string): Promise<number>;
  /** Puts a job where redrive would. */
  sendTo(queueName: string, body: string): Promise<void>;
}

/** In its first line, or among those that it counts. */
function isAbout({ text, blocks }: SlackMessage, subject: string): boolean {
  return text.includes(subject) || JSON.stringify(blocks).includes(subject);
}

export function createStories(stack: PackagedStack): Stories {
  const { world, url } = stack;
  const { cluster, registry, slack } = world;
  const alice = slackUser(
    { slack, ready: { slack: { actionsUrl: `${url}/slack`, signingSecret: SIGNING_SECRET } } },
    ALICE,
  );
  const messages = () =>
    slack.workspace
      .channels()
      .flatMap(({ id }) => slack.workspace.messages(id))
      .filter(({ thread_ts }) => thread_ts === undefined);
  const podsOf = (namespace: string) => cluster.list(PODS, namespace) as readonly PodObject[];

  function isWhole(namespace: string, name: string): boolean {
    const found = cluster.get(DEPLOYMENTS, namespace, name) as WorkloadObject | undefined;
    const { availableReplicas, updatedReplicas, replicas } = (found?.status ?? {}) as Record<string, number>;
    return [availableReplicas, updatedReplicas, replicas].every((count) => count === found?.spec.replicas);
  }

  async function post(body: object | string, { token = ALERT_TOKEN, path = '/alerts' } = {}): Promise<number> {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    await response.arrayBuffer();
    return response.status;
  }

  const stories: Stories = {
    alice,
    messages,
    post,

    async alert(namespace) {
      const pod = await until(`a pod of ${namespace} that fails`, 30, () =>
        podsOf(namespace).find(({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason?.includes('Image')),
      );
      return post(notification([podAlert(namespace, pod.metadata.name)]));
    },

    async untilMessage(subject, line, seconds = 60) {
      const find = () => messages().find((one) => isAbout(one, subject) && line.test(one.text));
      return until(`${line} of ${subject}`, seconds, find).catch((error: Error) => {
        throw new Error([error.message, ...messages().map(({ text }) => text)].join('\n'));
      });
    },

    async press(message, button) {
      await until(`the button ${button} is taken`, 60, async () => {
        const now = messages().find(({ ts }) => ts === message.ts);
        if (now === undefined || !buttonsOf(now).some((text) => button.test(text))) return false;
        return (await alice.press(now, button)).kind === 'done';
      });
    },

    async confirm(message, button) {
      await stories.press(message, button);
      const plan = textOfView(await alice.untilDialog(/nothing was changed yet/, 30));
      await until('the confirmation is taken', 60, async () => (await alice.submit()).kind === 'done');
      return plan;
    },

    untilWhole: async (namespace, name) => {
      await until(`${namespace}/${name} is whole`, 60, () => isWhole(namespace, name));
    },

    async rollOutBadTag(namespace, name) {
      const whole = (tag: string) => deployment(name, `${registry.address}/${name}:${tag}`, 2, { namespace });
      for (const tag of ['v1.2.2', 'v1.2.3']) registry.addImage(`registry.example.com/${name}:${tag}`);
      cluster.apply([whole('v1.2.2')]);
      await stories.untilWhole(namespace, name);
      cluster.apply([whole('v1.2.33')]);
    },

    passwordOf(namespace, secret, host) {
      const { data } = cluster.get(SECRETS, namespace, secret) as unknown as { readonly data: Record<string, string> };
      const document = Buffer.from(data['.dockerconfigjson'] ?? '', 'base64').toString('utf8');
      const { auth } = (JSON.parse(document) as { readonly auths: Record<string, { readonly auth: string }> }).auths[
        host
      ] as { readonly auth: string };
      return Buffer.from(auth, 'base64').toString('utf8').replace(/^AWS:/, '');
    },

    async letMinutesPass(queue) {
      const dynamo = new DynamoDBClient(clientSettings(stack.moto));
      const table = { TableName: stack.tableName };
      const { Items = [] } = await dynamo.send(new ScanCommand({ ...table, IndexName: 'due' }));
      const due = Items.filter(({ dueQueue }) => dueQueue?.S === queue);
      for (const { pk, sk } of due) {
        if (pk === undefined || sk === undefined) continue;
        const values = { ':now': { N: String(Date.now()) } };
        const change = { UpdateExpression: 'SET dueAt = :now', ExpressionAttributeValues: values };
        await dynamo.send(new UpdateItemCommand({ ...table, Key: { pk, sk }, ...change }));
      }
      dynamo.destroy();
      return due.length;
    },

    async sendTo(queueName, MessageBody) {
      const sqs = new SQSClient(clientSettings(stack.moto));
      const QueueUrl = `${stack.moto.endpoint}/123456789012/${queueName}`;
      const fifo = queueName.endsWith('.fifo') ? { MessageGroupId: 'g', MessageDeduplicationId: 'd' } : {};
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...fifo }));
      sqs.destroy();
    },
  };
  return stories;
}
