import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../shared/ports/clock.ts';
import type { RecordStore } from '../../shared/ports/record-store.ts';
import type { RemedyStore } from '../../shared/ports/remedy-store.ts';
import { UsageError } from './io.ts';

/** Where a person looks for what was done: the folder of `pullmedic serve`, or the table of the functions. */
export interface RecordsOptions {
  readonly data?: string;
  readonly table?: string;
  /** `7d`, `36h`, `30m`, or a time. */
  readonly since: number;
  readonly json?: true;
}

export type RemedyRecords = Pick<RemedyStore, 'audit' | 'feedback'>;

/** What the commands need of the world. */
export interface RemedyRecordsWorld {
  /** Reads only. @throws {UsageError} where nothing is kept there, {StoreError} where it cannot be read */
  open<T>(options: Pick<RecordsOptions, 'data' | 'table'>, use: (records: RemedyRecords) => Promise<T>): Promise<T>;
}

const DEFAULT_DATA = './pullmedic-data';

/** The real one: engines are loaded when they are asked for. */
export function createRemedyRecordsWorld({
  clock,
  env,
}: {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
}): RemedyRecordsWorld {
  async function remediesOf(records: RecordStore): Promise<RemedyRecords> {
    const { createRecordRemedyStore } = await import('../../shared/flows/record-remedy-store.ts');
    return createRecordRemedyStore(records);
  }

  return {
    async open({ data, table }, use) {
      if (data !== undefined && table !== undefined) throw new UsageError('give --data DIR or --table NAME, not both');
      const tableName = table ?? (data === undefined ? env['PULLMEDIC_TABLE'] || undefined : undefined);
      if (tableName !== undefined) {
        const [{ DynamoDBClient }, { createDynamoRecordStore }, { awsClientSettings }] = await Promise.all([
          import('@aws-sdk/client-dynamodb'),
          import('../../shared/adapters/dynamodb/dynamo-record-store.ts'),
          import('../../shared/adapters/aws/client-settings.ts'),
        ]);
        const client = new DynamoDBClient(awsClientSettings());
        try {
          return await use(await remediesOf(createDynamoRecordStore({ client, tableName, clock })));
        } finally {
          client.destroy();
        }
      }
      const file = join(data ?? DEFAULT_DATA, 'pullmedic.db');
      if (!existsSync(file)) {
        throw new UsageError(`${file}: no such file; give --data DIR of pullmedic serve, or --table NAME`);
      }
      const [{ openDatabase }, { createSqliteRecordStore }] = await Promise.all([
        import('../../shared/adapters/sqlite/open-database.ts'),
        import('../../shared/adapters/sqlite/sqlite-record-store.ts'),
      ]);
      const db = openDatabase(file);
      try {
        return await use(await remediesOf(createSqliteRecordStore({ db, clock })));
      } finally {
        db.close();
      }
    },
  };
}
