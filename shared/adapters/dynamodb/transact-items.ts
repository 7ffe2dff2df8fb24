import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Instant } from '../../domain/instant.ts';
import type { Expectation, StoredRecord } from '../../ports/record-store.ts';
import type { CheckedWrite } from '../records/check-writes.ts';
import { type Item, number, toKey } from './items.ts';

/** An expired record counts as absent whether the TTL has deleted it or not. */
const IS_ABSENT = '(attribute_not_exists(pk) OR expiresAtMs <= :now)';
const IS_LIVE = '(attribute_not_exists(expiresAtMs) OR expiresAtMs > :now)';

/**
 * One write of a transaction in DynamoDB's terms.
 * @param expect of the write, or `live-or-new` for a put of `any`: the version then goes on counting in the database
 */
export function toTransactItem(
  { write, key, text }: CheckedWrite,
  expect: Expectation | 'live-or-new',
  now: Instant,
  tableName: string,
): TransactWriteItem {
  const condition = toCondition(expect, now);
  const common = { TableName: tableName, Key: toKey(key) };

  if (write.kind === 'delete') return { Delete: { ...common, ...condition } };
  if (write.kind === 'check') {
    return {
      ConditionCheck: { ...common, ...condition, ConditionExpression: condition.ConditionExpression ?? IS_LIVE },
    };
  }
  const update = toUpdate(write.record, text, expect);
  return {
    Update: {
      ...common,
      UpdateExpression: update.expression,
      ...(condition.ConditionExpression === undefined ? {} : { ConditionExpression: condition.ConditionExpression }),
      // `version` and `body` may be names that DynamoDB keeps for itself.
      ExpressionAttributeNames: { '#version': 'version', '#body': 'body', ...condition.ExpressionAttributeNames },
      ExpressionAttributeValues: { ...update.values, ...condition.ExpressionAttributeValues },
    },
  };
}

interface Condition {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Item;
}

function toCondition(expect: Expectation | 'live-or-new', now: Instant): Condition {
  if (expect === 'any') return {};
  if (expect === 'absent')
    return { ConditionExpression: IS_ABSENT, ExpressionAttributeValues: { ':now': number(now) } };
  if (expect === 'live-or-new') {
    return { ConditionExpression: IS_LIVE, ExpressionAttributeValues: { ':now': number(now) } };
  }
  return {
    ConditionExpression: `#version = :expected AND ${IS_LIVE}`,
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':expected': number(expect), ':now': number(now) },
  };
}

function toUpdate(
  { due, expiresAt }: Omit<StoredRecord, 'version'>,
  text: string,
  expect: Expectation | 'live-or-new',
): { readonly expression: string; readonly values: Item } {
  const counts = typeof expect === 'number' ? { ':version': number(expect + 1) } : { ':version': number(1) };
  const sets =
    expect === 'live-or-new' ? ['#version = if_not_exists(#version, :zero) + :version'] : ['#version = :version'];
  const removes: string[] = [];
  const values: Item = { ...counts, ':body': { S: text } };
  if (expect === 'live-or-new') values[':zero'] = number(0);
  sets.push('#body = :body');

  if (due === undefined) removes.push('dueQueue', 'dueAt');
  else {
    sets.push('dueQueue = :dueQueue', 'dueAt = :dueAt');
    values[':dueQueue'] = { S: due.queue };
    values[':dueAt'] = number(due.at);
  }
  if (expiresAt === undefined) removes.push('expiresAt', 'expiresAtMs');
  else {
    sets.push('expiresAt = :expiresAt', 'expiresAtMs = :expiresAtMs');
    values[':expiresAt'] = number(Math.ceil(expiresAt / 1000));
    values[':expiresAtMs'] = number(expiresAt);
  }
  const remove = removes.length === 0 ? '' : ` REMOVE ${removes.join(', ')}`;
  return { expression: `SET ${sets.join(', ')}${remove}`, values };
}
