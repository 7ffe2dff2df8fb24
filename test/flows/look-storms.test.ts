import { describe, expect, it } from '@jest/globals';
import { QueueError, StoreError } from '../../shared/domain/errors.ts';
import { lookAtScope } from '../../shared/flows/look-at-scope.ts';
import { addFailing, forbiddenText, notFoundText, runningPod } from './kube-objects.ts';
import { type LookStage, membersOf, openStage, START } from './look-stage.ts';

const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const HOUR_MS = 3_600_000;

/** A pull secret whose ECR token ended; the password is ECR's own form: base64 JSON with an expiration in seconds. */
function expiredSecret(namespace: string) {
  const password = Buffer.from(
    JSON.stringify({ payload: 'x', type: 'DATA_KEY', expiration: (START - HOUR_MS) / 1_000 }),
  );
  const auth = Buffer.from(`AWS:${password.toString('base64')}`).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'ecr-creds', namespace, creationTimestamp: new Date(START - 13 * HOUR_MS).toISOString() },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths: { [ECR]: { auth } } })).toString('base64') },
  };
}

function expireAccount(stage: LookStage, namespaces: readonly string[]): void {
  for (const namespace of namespaces) {
    const image = `${ECR}/team-${namespace}:1.0`;
    const pod = { namespace, name: 'app', image, at: START, pullSecret: 'ecr-creds' };
    addFailing(stage.cluster, pod, forbiddenText(image));
    stage.cluster.secrets.push(expiredSecret(namespace));
  }
}

const NAMESPACES = Array.from({ length: 20 }, (_, n) => `team-${String(n).padStart(2, '0')}`);

describe('storms', () => {
  it('makes one incident of 20 namespaces that fail on one expired ECR account, looked at all at once', async () => {
    const stage = openStage();
    expireAccount(stage, NAMESPACES);
    await Promise.all(NAMESPACES.map((namespace) => stage.look(namespace)));

    const found = await stage.incidents(...NAMESPACES);
    expect(found).toHaveLength(1);
    expect(found[0]?.incident.best).toMatchObject({ causeId: 'auth-expired', confidence: 'certain' });
    expect(found[0]?.slices.map(({ namespace }) => namespace).sort()).toEqual(NAMESPACES);
    expect(found[0]?.incident.scopes).toHaveLength(20);
    // The storm is the incident, not news in it.
    expect(found[0]?.incident.notes).toEqual([]);
    expect(new Set(stage.sent.map(({ options }) => options.dedupeId)).size).toBe(found[0]?.incident.revision);
  });

  it('recovers it only when the last namespace runs', async () => {
    const stage = openStage();
    const [first = '', second = ''] = NAMESPACES;
    expireAccount(stage, [first, second]);
    await stage.look(first);
    await stage.look(second);
    for (const [namespace, state] of [
      [first, 'open'],
      [second, 'recovered'],
    ] as const) {
      stage.advance(15);
      const image = `${ECR}/team-${namespace}:1.0`;
      stage.cluster.pods = stage.cluster.pods.map((pod) =>
        pod.metadata?.namespace === namespace ? runningPod({ namespace, name: 'app', image, at: stage.now() }) : pod,
      );
      await stage.look(namespace);
      expect((await stage.incidents(first, second)).map(({ incident }) => incident.state)).toEqual([state]);
    }
  });

  it('reads a namespace once for 50 hints of the same moment', async () => {
    const stage = openStage();
    expireAccount(stage, ['shop']);
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    stage.cluster.onCall = () => gate;
    const looks = Array.from({ length: 50 }, () => stage.look('shop'));
    setTimeout(release, 50);
    await Promise.all(looks);
    const lists = stage.cluster.calls.filter((call) => call === 'list pods shop').length;
    expect(lists).toBeLessThanOrEqual(2);
    expect(await stage.incidents('shop')).toHaveLength(1);
  });
});

describe('faults of the ports', () => {
  const look = (stage: LookStage, change: object, holder?: string) =>
    lookAtScope(
      {
        kind: 'look',
        scope: { kind: 'namespace', cluster: 'prod', namespace: 'shop' },
        hintedAt: stage.now(),
        from: 'alert',
        alerts: [],
        alertCount: 0,
        isClusterAssumed: false,
      },
      { ...stage.deps, ...change },
      holder === undefined ? {} : { holder },
    );

  it.each(['startLook', 'incidentsIn', 'slotHolder', 'commit'] as const)(
    'is done by the next try when the store fails once in %s',
    async (method) => {
      const stage = openStage();
      expireAccount(stage, ['shop']);
      let isFirst = true;
      const store = new Proxy(stage.deps.store, {
        get(target, property, receiver) {
          const member: unknown = Reflect.get(target, property, receiver);
          if (property !== method || !isFirst) return member;
          isFirst = false;
          return async () => Promise.reject(new StoreError('no answer', { retry: 'retry' }));
        },
      });
      await expect(look(stage, { store })).rejects.toBeInstanceOf(StoreError);
      await look(stage, { store });
      expect(await stage.incidents('shop')).toHaveLength(1);
      expect(stage.sent).toHaveLength(1);
    },
  );

  it('does not fail when the queue does not take the poke: the store has it', async () => {
    const stage = openStage();
    expireAccount(stage, ['shop']);
    const publishQueue = {
      send: async () => Promise.reject(new QueueError('no answer', { retry: 'retry' })),
      sendAll: async () => {},
    };
    await look(stage, { publishQueue });
    expect(await stage.deps.store.duePokes(stage.now(), 10)).toHaveLength(1);
  });

  it('ends when the store hangs, and takes the lease of its own dead try when the job comes again', async () => {
    const stage = openStage();
    expireAccount(stage, ['shop']);
    let isFirst = true;
    const died = Promise.withResolvers<never>();
    // The first worker dies in the middle of its look, with the lease in its hand.
    stage.cluster.onCall = () => {
      if (!isFirst) return;
      isFirst = false;
      return died.promise;
    };
    const dead = look(stage, {}, 'message-1');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await look(stage, {}, 'message-2');
    expect(await stage.incidents('shop')).toEqual([]);
    await look(stage, {}, 'message-1');
    expect(await stage.incidents('shop')).toHaveLength(1);
    died.reject(new StoreError('killed', { retry: 'retry' }));
    await expect(dead).rejects.toThrow('killed');
  });

  it('says nothing of a cause twice when two workers look at once after a lease ran out', async () => {
    const stage = openStage();
    const image = 'ghcr.io/acme/web:gone';
    addFailing(stage.cluster, { namespace: 'shop', name: 'app', image, at: START }, notFoundText(image));
    const gate = Promise.withResolvers<void>();
    let isFirst = true;
    stage.cluster.onCall = () => {
      if (!isFirst) return;
      isFirst = false;
      return gate.promise;
    };
    const slow = look(stage, {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    stage.advance(61);
    await look(stage, {});
    gate.resolve();
    await expect(slow).rejects.toThrow('within its lease');
    const found = await stage.incidents('shop');
    expect(found).toHaveLength(1);
    expect(found[0] && membersOf(found[0])).toHaveLength(1);
  });
});
