import {
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { PullmedicError, StoreError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RecordStore, StoredRecord } from '../../ports/record-store.ts';
import { adviseRetry, errorName } from '../aws/advise-retry.ts';
import { withinTime } from '../aws/within-time.ts';
import { type CheckedWrite, checkKey, checkWrites } from '../records/check-writes.ts';
import { DUE_INDEX, type Item, number, toKey, toRecord } from './items.ts';
import { toTransactItem } from './transact-items.ts';

/** How often the puts of `any` are tried in their other form when an expired record comes or goes under them. */
const MAX_FORMS = 4;

/** The distributed engine's store: one table, see `items.ts` for its attributes. */
export function createDynamoRecordStore(options: {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}): RecordStore {
  const { client, tableName, clock } = options;

  const isLive = ({ expiresAt }: StoredRecord) => expiresAt === undefined || expiresAt > clock.now();

  /** All live records of a query, page by page, until there are `limit`. */
  async function query(input: Omit<QueryCommandInput, 'TableName'>, limit = Number.POSITIVE_INFINITY) {
    const found: StoredRecord[] = [];
    let start: Item | undefined;
    do {
      const page = await withinTime((call) =>
        client.send(new QueryCommand({ TableName: tableName, ...input, ExclusiveStartKey: start }), call),
      );
      found.push(...(page.Items ?? []).map(toRecord).filter(isLive));
      start = page.LastEvaluatedKey;
    } while (start !== undefined && found.length < limit);
    return found.slice(0, limit);
  }

  /** @param isNew for each write: whether a put of `any` is written as one of a record that is absent */
  async function write(
    writes: readonly CheckedWrite[],
    isNew: readonly boolean[],
  ): Promise<'done' | readonly Verdict[]> {
    const now = clock.now();
    const items = writes.map((one, index) => {
      const { kind, expect } = one.write;
      const anyPut = isNew[index] ? 'absent' : 'live-or-new';
      return toTransactItem(one, kind === 'put' && expect === 'any' ? anyPut : expect, now, tableName);
    });
    try {
      // Always a transaction, also for one write: the SDK gives it a token, so that its own retry after a lost answer
      // is recognised and not taken for a conflict.
      await withinTime((call) => client.send(new TransactWriteItemsCommand({ TransactItems: items }), call));
      return 'done';
    } catch (error) {
      return readVerdicts(error, writes.length);
    }
  }

  return {
    async get(key) {
      return attempt('read a record', async () => {
        checkKey(key);
        const input = { TableName: tableName, Key: toKey(key), ConsistentRead: true };
        const { Item: item } = await withinTime((call) => client.send(new GetItemCommand(input), call));
        const record = item && toRecord(item);
        return record && isLive(record) ? record : undefined;
      });
    },

    async list(partition, { sortPrefix = '' } = {}) {
      const hasPrefix = sortPrefix !== '';
      return attempt('list records', () =>
        query({
          KeyConditionExpression: hasPrefix ? 'pk = :pk AND begins_with(sk, :prefix)' : 'pk = :pk',
          ExpressionAttributeValues: {
            ':pk': { S: partition },
            ...(hasPrefix ? { ':prefix': { S: sortPrefix } } : {}),
          },
          ConsistentRead: true,
        }),
      );
    },

    async listDue(queue, until, limit) {
      if (limit <= 0) return [];
      return attempt('list due records', () =>
        query(
          {
            IndexName: DUE_INDEX,
            KeyConditionExpression: 'dueQueue = :queue AND dueAt <= :until',
            ExpressionAttributeValues: { ':queue': { S: queue }, ':until': number(until) },
            Limit: limit,
          },
          limit,
        ),
      );
    },

    async transact(writes) {
      const checked = checkWrites(writes);
      if (checked.length === 0) return 'done';
      return attempt('write records', async () => {
        // A put of `any` over an expired record must start at version 1 again, over a live one count on: DynamoDB
        // cannot say both in one expression, so the rare second form is tried when the first does not hold.
        let isNew = checked.map(() => false);
        for (let form = 0; form < MAX_FORMS; form += 1) {
          const verdicts = await write(checked, isNew);
          if (verdicts === 'done') return 'done';
          const isOtherForm = checked.map(({ write: { kind, expect } }, index) => {
            return kind === 'put' && expect === 'any' && verdicts[index] === 'unmet';
          });
          const isHopeless = verdicts.some((verdict, index) => verdict !== 'met' && !isOtherForm[index]);
          if (isHopeless) return 'conflict';
          isNew = isNew.map((was, index) => (isOtherForm[index] ? !was : was));
        }
        return 'conflict';
      });
    },
  };
}

/** What a cancelled transaction says of one of its writes; `busy`: another transaction was under way on its record. */
type Verdict = 'met' | 'unmet' | 'busy';

/** @throws the error itself, or a {StoreError}, unless some expectation was not met or some record was busy */
function readVerdicts(error: unknown, count: number): readonly Verdict[] {
  if (errorName(error) === 'TransactionConflictException') return Array<Verdict>(count).fill('busy');
  if (!(error instanceof TransactionCanceledException)) throw error;
  const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
  const verdicts = codes.map(readVerdict);
  if (verdicts.some((verdict) => verdict !== 'met')) return verdicts;

  const isHopeless = codes.includes('ValidationError') || codes.includes('ItemCollectionSizeLimitExceeded');
  throw new StoreError(`write records: cancelled (${codes.filter((code) => code !== 'None').join(', ')})`, {
    retry: isHopeless ? 'give-up' : 'retry',
    cause: error,
  });
}

function readVerdict(code: string | undefined): Verdict {
  if (code === 'ConditionalCheckFailed') return 'unmet';
  return code === 'TransactionConflict' ? 'busy' : 'met';
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PullmedicError) throw error;
    throw new StoreError(`${what}: ${errorName(error) || 'no answer'}`, { retry: adviseRetry(error), cause: error });
  }
}
