import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { type AdjustableClock, createAdjustableClock } from '../../shared/adapters/clock.ts';
import { createDynamoRecordStore } from '../../shared/adapters/dynamodb/dynamo-record-store.ts';
import { openDatabase } from '../../shared/adapters/sqlite/open-database.ts';
import { createSqliteRecordStore } from '../../shared/adapters/sqlite/sqlite-record-store.ts';
import type { RecordKey, RecordStore } from '../../shared/ports/record-store.ts';
import { createTable } from './dynamo-table.ts';
import { describeWithMoto, type Moto, startMoto } from './moto.ts';

/** 2026-11-22T13:00:00Z */
export const START = Date.UTC(2026, 10, 22, 13);

/** An empty store with a clock that stands still until it is advanced. */
export interface OpenStore {
  readonly store: RecordStore;
  readonly clock: AdjustableClock;
  /** Whether the engine still holds something under that key, expired or not. */
  isStored(key: RecordKey): Promise<boolean>;
}

/** Runs one suite on every engine. `open` gives an empty store each time. */
export function describeRecordStores(suite: (open: () => Promise<OpenStore>) => void): void {
  describe('on SQLite', () => suite(openSqlite));

  describeWithMoto('on DynamoDB', () => {
    let moto: Moto;
    let client: DynamoDBClient;
    beforeAll(async () => {
      moto = await startMoto();
      client = new DynamoDBClient(moto.clientConfig);
    });
    afterAll(async () => {
      client.destroy();
      await moto.stop();
    });
    suite(() => openDynamo(client));
  });
}

async function openSqlite(): Promise<OpenStore> {
  const db = openDatabase(':memory:');
  const clock = createAdjustableClock({ startAt: START });
  return {
    store: createSqliteRecordStore({ db, clock }),
    clock,
    isStored: async ({ partition, sort }) =>
      db.prepare('SELECT 1 FROM records WHERE pk = ? AND sk = ?').get(partition, sort) !== undefined,
  };
}

async function openDynamo(client: DynamoDBClient): Promise<OpenStore> {
  const tableName = await createTable(client);
  const clock = createAdjustableClock({ startAt: START });
  return {
    store: createDynamoRecordStore({ client, tableName, clock }),
    clock,
    isStored: async ({ partition, sort }) => {
      const key = { pk: { S: partition }, sk: { S: sort } };
      return (await client.send(new GetItemCommand({ TableName: tableName, Key: key }))).Item !== undefined;
    },
  };
}
