import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { IssueError } from '../../shared/domain/errors.ts';
import type { KubeSecret } from '../../shared/domain/kubernetes.ts';
import { hashCredential } from '../../shared/domain/refresh/ecr-annotation.ts';
import type { RefreshRequest } from '../../shared/domain/refresh/request.ts';
import type { RefreshTarget } from '../../shared/domain/refresh/target.ts';
import { refreshSecrets } from '../../shared/flows/refresh-secrets.ts';
import { type FakeSecrets, fakeIssuer, fakeSecrets } from '../support/fake-secrets.ts';
import { authOf, documentOf, ECR_HOST, ecrPassword, pullSecret, refreshTarget } from '../support/refresh-builders.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const HOUR = 3_600_000;
const FOREIGN = '999999999999.dkr.ecr.eu-west-1.amazonaws.com';
const WHOLE: RefreshRequest = { isDryRun: false, isForced: false };

const ecrEntry = (hoursLeft: number) => ({ auth: authOf('AWS', ecrPassword(NOW + hoursLeft * HOUR, 'old')) });
const ghcr = { auth: authOf('bot', 'ghcr-password') };

async function refresh(
  clusters: Readonly<Record<string, FakeSecrets>>,
  targets: readonly RefreshTarget[],
  request: RefreshRequest = WHOLE,
  parts: { readonly now?: number; readonly issuer?: ReturnType<typeof fakeIssuer>; readonly signal?: AbortSignal } = {},
) {
  const now = () => parts.now ?? NOW;
  const issuer = parts.issuer ?? fakeIssuer(now);
  const logged: unknown[] = [];
  const log = (message: string, fields?: unknown) => logged.push([message, fields]);
  const report = await refreshSecrets(request, {
    config: { clusters: Object.keys(clusters).map((name) => ({ name })), targets },
    writers: {
      async writer(name) {
        const found = clusters[name];
        if (found === undefined) throw new Error(`no cluster ${name}`);
        return found;
      },
    },
    issuer,
    clock: { now },
    log: { debug: log, info: log, warn: log, error: log },
    signal: parts.signal,
  });
  return {
    report,
    issuer,
    logged,
    rows: report.secrets.map(({ namespace, outcome, reason }) => ({ namespace, outcome, reason })),
  };
}

const writesOf = (fake: FakeSecrets) => fake.calls.filter((call) => /^(?:patch|create)/.test(call));

describe('a secret of a target', () => {
  it('is written in place once less than half of its life is left, and all else in it stays', async () => {
    const fake = fakeSecrets([pullSecret({ auths: { 'ghcr.io': ghcr, [ECR_HOST]: ecrEntry(5) } })]);
    const { report, issuer } = await refresh({ a: fake }, [refreshTarget()]);
    expect(report.secrets).toMatchObject([
      { outcome: 'refreshed', reason: undefined, expiresAt: NOW + 12 * HOUR, wasExpired: false, targets: ['shop'] },
    ]);
    expect(writesOf(fake)).toEqual(['patch secrets shop/ecr-creds']);
    expect(documentOf(fake.get('shop', 'ecr-creds')).auths).toEqual({
      'ghcr.io': ghcr,
      [ECR_HOST]: { auth: authOf('AWS', issuer.passwords[0] ?? '') },
    });
    expect(JSON.parse(fake.get('shop', 'ecr-creds')?.metadata?.annotations?.['pullmedic.dev/ecr'] ?? '')).toEqual({
      [ECR_HOST]: {
        issuedAt: '2026-11-22T12:00:00Z',
        expiresAt: '2026-11-23T00:00:00Z',
        entry: hashCredential(`AWS:${issuer.passwords[0]}`),
      },
    });
  });

  it('is left alone, without a token and without a write, while more than half of its life is left', async () => {
    const fake = fakeSecrets([pullSecret({ auths: { [ECR_HOST]: ecrEntry(6.1) } })]);
    const { rows, issuer } = await refresh({ a: fake }, [refreshTarget()]);
    expect(rows).toEqual([{ namespace: 'shop', outcome: 'not-due', reason: undefined }]);
    expect(writesOf(fake)).toEqual([]);
    expect(issuer.requests).toEqual([]);
  });

  it('is not due again after it was written, whatever its token says of itself', async () => {
    const fake = fakeSecrets([pullSecret({ auths: { [ECR_HOST]: { auth: authOf('AWS', 'opaque') } } })]);
    const { rows } = await refresh({ a: fake }, [refreshTarget()]);
    expect(rows[0]?.outcome).toBe('refreshed');
    const again = await refresh({ a: fake }, [refreshTarget()]);
    expect(again.rows[0]?.outcome).toBe('not-due');
    const later = await refresh({ a: fake }, [refreshTarget()], WHOLE, { now: NOW + 13 * HOUR });
    expect(later.report.secrets[0]).toMatchObject({ outcome: 'refreshed', wasExpired: true });
  });

  it('is due where another writer replaced the entry that the annotation is about', async () => {
    const fake = fakeSecrets([pullSecret({ auths: { [ECR_HOST]: ecrEntry(1) } })]);
    await refresh({ a: fake }, [refreshTarget()]);
    const written = fake.get('shop', 'ecr-creds');
    const stale = pullSecret({ auths: { [ECR_HOST]: { auth: authOf('AWS', 'from-a-cron-job') } } });
    fake.put({ ...stale, metadata: { ...stale.metadata, annotations: written?.metadata?.annotations ?? {} } });
    expect((await refresh({ a: fake }, [refreshTarget()])).rows[0]?.outcome).toBe('refreshed');
  });

  it('is written at once where a registry refused what is there', async () => {
    const fake = fakeSecrets([pullSecret({ auths: { [ECR_HOST]: ecrEntry(11) } })]);
    const secrets = [{ namespace: 'shop', name: 'ecr-creds' }];
    const { rows } = await refresh({ a: fake }, [refreshTarget()], { isDryRun: false, isForced: true, secrets });
    expect(rows[0]?.outcome).toBe('refreshed');
    expect(fake.calls).toEqual(['get secrets shop/ecr-creds', 'patch secrets shop/ecr-creds']);
  });

  it('of the legacy type is written too', async () => {
    const text = JSON.stringify({ 'ghcr.io': ghcr, [ECR_HOST]: { username: 'AWS', password: 'p' } });
    const fake = fakeSecrets([pullSecret({ text, type: 'kubernetes.io/dockercfg' })]);
    const { rows, issuer } = await refresh({ a: fake }, [refreshTarget()]);
    expect(rows[0]?.outcome).toBe('refreshed');
    const data = fake.get('shop', 'ecr-creds')?.data?.['.dockercfg'] ?? '';
    expect(JSON.parse(Buffer.from(data, 'base64').toString())).toMatchObject({
      'ghcr.io': ghcr,
      [ECR_HOST]: { password: issuer.passwords[0] },
    });
  });

  it('is only reported in a dry run', async () => {
    const fake = fakeSecrets([pullSecret({ auths: { [ECR_HOST]: ecrEntry(-1) } })]);
    const { report, issuer } = await refresh({ a: fake }, [refreshTarget()], { isDryRun: true, isForced: false });
    expect(report).toMatchObject({ isDryRun: true, secrets: [{ outcome: 'refreshed', wasExpired: true }] });
    expect([writesOf(fake), issuer.requests]).toEqual([[], []]);
  });

  const owner = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'ecr', controller: true };
  it.each([
    {
      what: 'malformed JSON',
      secret: pullSecret({ text: '{"auths":' }),
      reason: 'malformed',
      why: /not a JSON object/,
    },
    {
      what: 'one bad entry',
      secret: pullSecret({ auths: { [ECR_HOST]: ecrEntry(1), b: 7 } }),
      reason: 'malformed',
      why: /entry b/,
    },
    { what: 'another type', secret: pullSecret({ type: 'Opaque' }), reason: 'malformed', why: /its type is Opaque/ },
    {
      what: 'an immutable one',
      secret: pullSecret({ auths: { [ECR_HOST]: ecrEntry(1) }, immutable: true }),
      reason: 'immutable',
      why: /delete it and create it again/,
    },
    {
      what: 'one of External Secrets',
      secret: pullSecret({ auths: { [ECR_HOST]: ecrEntry(1) }, meta: { ownerReferences: [owner] } }),
      reason: 'owned-by-controller',
      why: /ExternalSecret ecr owns it/,
    },
    {
      what: 'one of Argo CD',
      secret: pullSecret({
        auths: { [ECR_HOST]: ecrEntry(1) },
        meta: { annotations: { 'argocd.argoproj.io/tracking-id': 'shop-prod:/Secret:shop/ecr-creds' } },
      }),
      reason: 'owned-by-controller',
      why: /Argo CD app shop-prod/,
    },
    {
      what: 'one that opted out',
      secret: pullSecret({
        auths: { [ECR_HOST]: ecrEntry(1) },
        meta: { labels: { 'pullmedic.dev/refresh': 'false' } },
      }),
      reason: 'opted-out',
      why: /pullmedic\.dev\/refresh/,
    },
    {
      what: 'one in advise mode',
      secret: pullSecret({
        auths: { [ECR_HOST]: ecrEntry(1) },
        meta: { annotations: { 'pullmedic.dev/mode': 'advise' } },
      }),
      reason: 'advise-only',
      why: /advise/,
    },
    {
      what: 'one without the registry',
      secret: pullSecret({ auths: { 'ghcr.io': ghcr } }),
      reason: 'no-entry',
      why: /create: true/,
    },
  ])('is left as it is and reported: $what', async ({ secret, reason, why }) => {
    const fake = fakeSecrets([secret]);
    const { report, issuer } = await refresh({ a: fake }, [refreshTarget()]);
    expect(report.secrets).toMatchObject([{ outcome: 'skipped', reason, why: expect.stringMatching(why) }]);
    expect(fake.get('shop', 'ecr-creds')).toEqual(secret);
    expect([writesOf(fake), issuer.requests]).toEqual([[], []]);
  });
});

describe('what nobody configured', () => {
  it('gets no token: another account, a look-alike, a planted label, a namesake in another cluster and namespace', async () => {
    const target = refreshTarget({ clusters: ['a'] });
    const planted = pullSecret({
      namespace: 'evil',
      name: 'mine',
      auths: { [ECR_HOST]: ecrEntry(-1) },
      meta: { labels: { 'pullmedic.dev/refresh': 'true' } },
    });
    const a = fakeSecrets([
      pullSecret({ auths: { [FOREIGN]: ecrEntry(-1), [`${ECR_HOST}.evil.example`]: ecrEntry(-1), '*.*.*.*.*.*': {} } }),
      pullSecret({ namespace: 'shop-2', auths: { [ECR_HOST]: ecrEntry(-1) } }),
      planted,
    ]);
    const b = fakeSecrets([pullSecret({ auths: { [ECR_HOST]: ecrEntry(-1) } })]);
    const { report, issuer, rows } = await refresh({ a, b }, [target]);

    expect(issuer.requests).toEqual([]);
    expect([...writesOf(a), ...writesOf(b)]).toEqual([]);
    expect(rows).toEqual([{ namespace: 'shop', outcome: 'skipped', reason: 'not-allowed-here' }]);
    expect(report.findings.map(({ cluster, namespace, kind }) => `${cluster} ${namespace} ${kind}`).sort()).toEqual([
      'a evil labelled-outside-targets',
      'a shop look-alike',
      'a shop look-alike',
      'a shop not-allowed-here',
      'a shop-2 namesake',
      'b shop namesake',
    ]);
  });

  it('is told of a namespace that was asked for', async () => {
    const fake = fakeSecrets([]);
    const { report } = await refresh({ a: fake }, [refreshTarget()], { ...WHOLE, namespaces: ['other'] });
    expect(report.findings).toMatchObject([{ kind: 'no-target', namespace: 'other' }]);
    expect(fake.calls).toEqual([]);
  });

  it('does not keep a foreign entry from standing beside one that is renewed', async () => {
    const foreign = ecrEntry(-1);
    const fake = fakeSecrets([pullSecret({ auths: { [FOREIGN]: foreign, [ECR_HOST]: ecrEntry(-1) } })]);
    const { report } = await refresh({ a: fake }, [refreshTarget()]);
    expect(report.secrets).toMatchObject([{ outcome: 'refreshed', wasExpired: true }]);
    expect(report.findings).toMatchObject([{ kind: 'not-allowed-here' }]);
    expect(documentOf(fake.get('shop', 'ecr-creds')).auths[FOREIGN]).toEqual(foreign);
  });
});

describe('what is missing', () => {
  it('is made only where the target says so, and attached to the service accounts that it names', async () => {
    const accounts = [
      { metadata: { namespace: 'shop', name: 'default' }, imagePullSecrets: [{ name: 'hub' }] },
      { metadata: { namespace: 'shop', name: 'ci' } },
    ];
    const fake = fakeSecrets([], { accounts });
    const { report } = await refresh({ a: fake }, [refreshTarget({ create: true, attachTo: ['default', 'gone'] })]);
    expect(report.secrets).toMatchObject([{ outcome: 'refreshed', reason: 'created', attached: ['default'] }]);
    expect(writesOf(fake)).toEqual(['create secrets shop/ecr-creds', 'patch serviceaccounts shop/default']);
    expect(report.findings).toMatchObject([{ kind: 'not-attached', why: 'there is no service account gone' }]);

    const second = await refresh({ a: fake }, [refreshTarget({ create: true, attachTo: 'all' })]);
    expect(second.report.secrets).toMatchObject([{ outcome: 'not-due', attached: ['ci'] }]);
  });

  it('is attached beside what somebody else attaches at the same moment', async () => {
    const account = { metadata: { namespace: 'shop', name: 'default' }, imagePullSecrets: [{ name: 'hub' }] };
    const fake = fakeSecrets([], { accounts: [account] });
    let isFirst = true;
    fake.fault = (call) => {
      if (isFirst && call.startsWith('patch serviceaccounts')) {
        isFirst = false;
        fake.putAccount({ ...account, imagePullSecrets: [{ name: 'hub' }, { name: 'theirs' }] });
      }
      return undefined;
    };
    const { report } = await refresh({ a: fake }, [refreshTarget({ create: true, attachTo: ['default'] })]);
    expect(report.secrets).toMatchObject([{ attached: ['default'] }]);
    expect(fake.account('shop', 'default')?.imagePullSecrets?.map(({ name }) => name)).toEqual([
      'hub',
      'theirs',
      'ecr-creds',
    ]);
  });

  it('is reported elsewhere', async () => {
    const { report } = await refresh({ a: fakeSecrets([]) }, [refreshTarget()]);
    expect(report.secrets).toMatchObject([{ outcome: 'skipped', reason: 'missing' }]);
  });

  it('is a registry of an existing secret too', async () => {
    const fake = fakeSecrets([pullSecret({ auths: { 'ghcr.io': ghcr } })]);
    const { rows } = await refresh({ a: fake }, [refreshTarget({ create: true })]);
    expect(rows[0]?.outcome).toBe('refreshed');
    expect(Object.keys(documentOf(fake.get('shop', 'ecr-creds')).auths)).toEqual(['ghcr.io', ECR_HOST]);
  });

  it('goes by the label of namespaces, new ones included, those that opted out left', async () => {
    const namespace = (name: string, labels: Record<string, string>) => ({ metadata: { name, labels } });
    const namespaces = [
      namespace('one', { team: 'shop' }),
      namespace('two', { team: 'shop', 'pullmedic.dev/refresh': 'false' }),
      namespace('three', { team: 'other' }),
    ];
    const fake = fakeSecrets([], { namespaces });
    const target = refreshTarget({
      namespaces: undefined,
      namespaceLabel: { key: 'team', value: 'shop' },
      create: true,
    });
    const { rows } = await refresh({ a: fake }, [target]);
    expect(rows).toEqual([{ namespace: 'one', outcome: 'refreshed', reason: 'created' }]);
  });
});

describe('another writer', () => {
  const target = refreshTarget({ namespaces: ['shop', 'n1'] });
  it('loses nothing: a secret that changes between read and write is read and merged again', async () => {
    const fake = fakeSecrets([pullSecret({ auths: { [ECR_HOST]: ecrEntry(1) } })]);
    let times = 0;
    fake.beforePatch = (secret) => {
      if (times >= 3) return;
      times += 1;
      const auths = { ...documentOf(secret).auths, [`registry-${times}.example`]: ghcr };
      fake.put({ ...pullSecret({ auths }), metadata: { ...secret.metadata, annotations: { theirs: String(times) } } });
    };
    const { report, issuer } = await refresh({ a: fake }, [refreshTarget()]);
    expect(report.secrets).toMatchObject([{ outcome: 'refreshed' }]);
    expect(Object.keys(documentOf(fake.get('shop', 'ecr-creds')).auths)).toEqual([
      ECR_HOST,
      'registry-1.example',
      'registry-2.example',
      'registry-3.example',
    ]);
    expect(fake.get('shop', 'ecr-creds')?.metadata?.annotations).toMatchObject({ theirs: '3' });
    expect(issuer.requests).toHaveLength(1);
  });

  it('that never stops is reported after three more tries', async () => {
    const fake = fakeSecrets([pullSecret({ auths: { [ECR_HOST]: ecrEntry(1) } })]);
    fake.beforePatch = (secret) => fake.put(secret);
    const { report } = await refresh({ a: fake }, [refreshTarget()]);
    expect(report.secrets).toMatchObject([{ outcome: 'failed', reason: 'conflict', retry: 'retry' }]);
    expect(writesOf(fake)).toHaveLength(4);
  });

  it('is ourselves where the answer to a write was lost', async () => {
    const fake = fakeSecrets([pullSecret({ auths: { [ECR_HOST]: ecrEntry(1) } })]);
    const { patchSecret } = fake;
    fake.patchSecret = async (patch) => {
      await patchSecret(patch);
      return { ok: true, value: { kind: 'conflict' } };
    };
    expect((await refresh({ a: fake }, [refreshTarget()])).rows[0]?.outcome).toBe('refreshed');
  });

  it('that repaired it meanwhile leaves nothing to do', async () => {
    const fake = fakeSecrets([pullSecret({ auths: { [ECR_HOST]: ecrEntry(1) } })]);
    fake.beforePatch = () => fake.put(pullSecret({ auths: { [ECR_HOST]: ecrEntry(12) } }));
    expect((await refresh({ a: fake }, [target])).rows[0]?.outcome).toBe('not-due');
    expect(writesOf(fake)).toHaveLength(1);
  });
});

describe('many', () => {
  const names = Array.from({ length: 40 }, (_, i) => `n${i}`);
  const target = refreshTarget({ namespaces: names });
  const all = (hours: (i: number) => number): KubeSecret[] =>
    names.map((namespace, i) => pullSecret({ namespace, auths: { [ECR_HOST]: ecrEntry(hours(i)) } }));

  it('cost one list, one token and one patch for each that is due', async () => {
    const fake = fakeSecrets(all((i) => (i % 2 === 0 ? 1 : 11)));
    const { report, issuer } = await refresh({ a: fake }, [target]);
    expect(fake.calls.filter((call) => call.startsWith('list'))).toHaveLength(1);
    expect(fake.calls).toHaveLength(21);
    expect([issuer.requests.length, report.tokensIssued]).toEqual([1, 1]);
  });

  it('are read by name where they may not be listed, and one that may not be read fails alone', async () => {
    const fake = fakeSecrets(all(() => 1));
    fake.fault = (call) => (call.startsWith('list') || call === 'get secrets n7/ecr-creds' ? 403 : undefined);
    const { report } = await refresh({ a: fake }, [target]);
    expect(report.secrets.filter(({ outcome }) => outcome === 'refreshed')).toHaveLength(39);
    expect(report.secrets.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { namespace: 'n7', reason: 'forbidden', retry: 'give-up' },
    ]);
    expect(report.clusters).toMatchObject([{ cluster: 'a', outcome: 'done' }]);
  });

  it('fail with their cluster only, and a rerun completes them', async () => {
    const a = fakeSecrets(all(() => 1));
    const b = fakeSecrets(all(() => 1));
    a.fault = () => 'silent';
    const first = await refresh({ a, b }, [target]);
    expect(first.report.clusters).toMatchObject([
      { cluster: 'a', outcome: 'failed', retry: 'retry' },
      { cluster: 'b', outcome: 'done' },
    ]);
    expect(first.rows.filter(({ outcome }) => outcome === 'refreshed')).toHaveLength(40);
    expect(first.rows.filter(({ reason }) => reason === 'cluster-unavailable')).toHaveLength(40);
    a.fault = undefined;
    const second = await refresh({ a, b }, [target]);
    expect(second.rows.filter(({ outcome }) => outcome === 'refreshed')).toHaveLength(40);
    expect(second.rows.filter(({ outcome }) => outcome === 'not-due')).toHaveLength(40);
  });

  it('leave a cluster alone that stopped to answer half way', async () => {
    const fake = fakeSecrets(all(() => 1));
    let patches = 0;
    fake.fault = (call) => (call.startsWith('patch') && ++patches > 10 ? 'silent' : undefined);
    const { report } = await refresh({ a: fake }, [target]);
    expect(report.secrets).toHaveLength(40);
    expect(report.secrets.filter(({ outcome }) => outcome === 'refreshed')).toHaveLength(10);
    expect(patches).toBeLessThan(40);
    expect(report.clusters[0]?.outcome).toBe('failed');
  });

  it('stop where the time is over', async () => {
    const { report } = await refresh({ a: fakeSecrets(all(() => 1)) }, [target], WHOLE, {
      signal: AbortSignal.abort(),
    });
    expect(new Set(report.secrets.map(({ reason }) => reason))).toEqual(new Set(['out-of-time']));
  });

  it.each([
    { reason: 'role-refused', says: 'role-refused', retry: 'give-up' },
    { reason: 'credentials-expired', says: 'credentials-expired', retry: 'give-up' },
    { reason: 'throttled', says: 'throttled', retry: 'retry' },
    { reason: 'unavailable', says: 'aws-unavailable', retry: 'retry' },
  ] as const)(
    'of one role fail for $reason with one call to AWS; those of the other are written',
    async ({ reason, says, retry }) => {
      const other = refreshTarget({ name: 'ml', namespaces: ['ml'], roleArn: 'arn:aws:iam::123456789012:role/ml' });
      const fake = fakeSecrets([...all(() => 1), pullSecret({ namespace: 'ml', auths: { [ECR_HOST]: ecrEntry(1) } })]);
      const issuer = fakeIssuer(() => NOW);
      issuer.refuse = ({ role }) =>
        role.kind === 'assume' && role.chain[0]?.endsWith('/pull') ? new IssueError(reason, 'no') : undefined;
      const { rows, report } = await refresh({ a: fake }, [target, other], WHOLE, { issuer });
      expect(rows.filter((row) => row.outcome === 'refreshed')).toEqual([
        { namespace: 'ml', outcome: 'refreshed', reason: undefined },
      ]);
      expect(report.secrets.filter((row) => row.reason === says && row.retry === retry)).toHaveLength(40);
      expect(issuer.requests).toHaveLength(2);
    },
  );
});

describe('no token', () => {
  it('is in any result, log or error of a run in which everything happens', async () => {
    const secrets = ['ok', 'conflict', 'denied', 'broken', 'refused', 'hostile'].map((namespace) =>
      pullSecret({ namespace, auths: { [ECR_HOST]: ecrEntry(-1), 'ghcr.io': ghcr } }),
    );
    const fake = fakeSecrets(secrets);
    fake.beforePatch = (secret) => {
      if (secret.metadata?.namespace === 'conflict') fake.put(secret);
    };
    fake.fault = (call) =>
      ({ 'patch secrets denied/ecr-creds': 403, 'patch secrets broken/ecr-creds': 409 })[call] as number | undefined;
    const { patchSecret } = fake;
    fake.patchSecret = async (patch) => {
      if (patch.namespace === 'hostile') throw new RangeError(`odd: ${patch.data.reveal()}`);
      if (patch.namespace !== 'refused') return patchSecret(patch);
      return { ok: true, value: { kind: 'refused', why: 'a webhook said no' } };
    };
    const target = refreshTarget({
      namespaces: [...secrets.map(({ metadata }) => metadata?.namespace ?? ''), 'new'],
      create: true,
    });
    const { report, logged, issuer } = await refresh({ a: fake }, [target]);

    expect(new Set(report.secrets.map(({ outcome }) => outcome))).toEqual(new Set(['refreshed', 'failed']));
    expect(report.secrets.find(({ namespace }) => namespace === 'hostile')).toMatchObject({ reason: 'bug' });
    expect(issuer.passwords.length).toBeGreaterThan(0);
    const said = [
      JSON.stringify({ report, logged }),
      inspect({ report, logged }, { depth: 20, maxStringLength: null }),
    ].join();
    const old = ecrPassword(NOW - HOUR, 'old');
    for (const password of [...issuer.passwords, old, 'ghcr-password']) {
      for (const form of [password, authOf('AWS', password), Buffer.from(authOf('AWS', password)).toString('base64')]) {
        expect(said.includes(form.slice(0, 40))).toBe(false);
      }
    }
  });
});
