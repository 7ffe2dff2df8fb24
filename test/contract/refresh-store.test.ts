import { expect, it } from '@jest/globals';
import { beginRun, takeSummary } from '../../shared/domain/refresh/refresh-memory.ts';
import { createRecordRefreshStore } from '../../shared/flows/record-refresh-store.ts';
import { describeRecordStores, START } from '../support/record-stores.ts';

const HOUR = 3_600_000;
const run = { startedAt: START, parts: 20, fingerprint: 'f' };

describeRecordStores((open) => {
  it('remembers nothing at first, then what was decided, as it was', async () => {
    const store = createRecordRefreshStore((await open()).store);
    expect(await store.memory('a')).toBeUndefined();
    expect(await store.updateMemory('a', () => undefined)).toBeUndefined();
    const begun = beginRun(undefined, run);
    expect(await store.updateMemory('a', () => begun)).toEqual(begun);
    expect(await store.memory('a')).toEqual(begun);
    expect(await store.memory('b')).toBeUndefined();
  });

  it('loses no part of those that report at the same time', async () => {
    const store = createRecordRefreshStore((await open()).store);
    await store.updateMemory('a', () => beginRun(undefined, { ...run, parts: 6 }));
    await Promise.all(
      Array.from({ length: 6 }, (_, part) =>
        store.updateMemory('a', (memory) =>
          memory === undefined
            ? undefined
            : takeSummary(
                memory,
                { finishedAt: START, secrets: 10, failed: 1, troubles: [] },
                { part, tellsRepair: true },
              ),
        ),
      ),
    );
    expect(await store.memory('a')).toMatchObject({ secrets: 60, failed: 6, lastSuccessAt: START, revision: 6 });
  });

  it('adds up contested writes of each secret, of more than a transaction takes, and forgets them after 12 hours', async () => {
    const { store: records, clock } = await open();
    const store = createRecordRefreshStore(records);
    const many = Array.from({ length: 130 }, (_, index) => `ns-${index}/ecr-creds`);
    await store.addContestedWrites('a', many, clock.now());
    clock.advance(6 * 3_600);
    await store.addContestedWrites('a', ['ns-3/ecr-creds'], clock.now());
    const writes = await store.contestedWrites('a');
    expect(writes.size).toBe(130);
    expect(writes.get('ns-3/ecr-creds')).toEqual([START, START + 6 * HOUR]);
    expect(writes.get('ns-4/ecr-creds')).toEqual([START]);
    expect((await store.contestedWrites('b')).size).toBe(0);
    clock.advance(7 * 3_600);
    expect([...(await store.contestedWrites('a')).keys()]).toEqual(['ns-3/ecr-creds']);
    await store.addContestedWrites('a', ['ns-3/ecr-creds'], clock.now());
    expect((await store.contestedWrites('a')).get('ns-3/ecr-creds')).toEqual([START + 6 * HOUR, START + 13 * HOUR]);
  });
});
