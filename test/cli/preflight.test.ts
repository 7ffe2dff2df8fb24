import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parseFailOn } from '../../functions/cli/fail-on.ts';
import { renderPreflight } from '../../functions/cli/preflight-report.ts';
import { runPreflight } from '../../shared/flows/preflight/run-preflight.ts';
import { createFakeRegistry, replyOf } from '../flows/looking/fake-registry.ts';
import { dockerSecret, makeSnapshot, makeWorkload, PREFLIGHT_NOW as NOW } from '../preflight/build.ts';
import { runOffline } from './offline.ts';

const folder = mkdtempSync(join(tmpdir(), 'pullmedic-preflight-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const DEPLOYMENT = (image: string, name = 'web') =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name} }\nspec: { template: { spec: { containers: [{ name: app, image: "${image}" }] } } }\n`;
const offline = (...args: readonly string[]) => runOffline(['preflight', '--no-registry', ...args]);

describe('wrong usage', () => {
  it.each([
    { what: 'no scope', args: [], says: /give -A, -n NAMESPACE, or manifests with -f PATH/ },
    { what: 'all and one', args: ['-A', '-n', 'shop'], says: /give -A, -n/ },
    { what: 'files and all', args: ['-A', '-f', 'x'], says: /leave out -A/ },
    { what: 'a missing file', args: ['-f', 'no-such.yaml'], says: /no-such\.yaml: no such file/ },
    { what: 'a near name', args: ['-A', '--fail-on', 'imge-gone'], says: /'imge-gone'; did you mean image-gone\?/ },
    {
      what: 'a name that is near nothing',
      args: ['-A', '--fail-on', 'everything-else'],
      says: /does not know 'everything-else' It takes any, now/,
    },
    { what: 'an empty name', args: ['-A', '--fail-on', ''], says: /does not know ''/ },
    {
      what: 'a platform that is none',
      args: ['-A', '--platform', 'arm64'],
      says: /--platform takes such as linux\/arm64, not 'arm64'/,
    },
  ])('answers $what with status 2 and one clear line', async ({ args, says }) => {
    const { status, output } = await runOffline(['preflight', ...args]);
    expect(status).toBe(2);
    expect(output).toMatch(says);
    expect(output.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('manifests', () => {
  it('are read from folders, files and many documents', async () => {
    write('app/a.yaml', `${DEPLOYMENT('acme/a:1', 'a')}---\n${DEPLOYMENT('acme/b:1', 'b')}`);
    write('app/sub/c.yml', DEPLOYMENT('acme/c:1', 'c'));
    write('app/.hidden/d.yaml', DEPLOYMENT('acme/d:1', 'd'));
    const { status, output } = await offline('-f', join(folder, 'app'), '--json');
    expect(status).toBe(0);
    expect(JSON.parse(output).checked).toMatchObject({ workloads: 3, images: 3 });
  });

  it('that are no manifests are said where they lie in a folder, and are an error where they are named', async () => {
    write('mixed/a.yaml', DEPLOYMENT('acme/a:1'));
    const values = write('mixed/values.yaml', 'image: { tag: 1 }\n');
    write('mixed/kustomization.yaml', 'resources: [a.yaml]\n');
    const { output } = await offline('-f', join(folder, 'mixed'), '--json');
    const gaps: readonly { readonly what: string; readonly why: string }[] = JSON.parse(output).gaps;
    expect(gaps.map(({ what }) => what.replace(`${folder}/`, ''))).toEqual([
      'mixed/kustomization.yaml was not applied',
      'mixed/values.yaml was not checked',
      'no registry was asked',
    ]);
    const named = await offline('-f', values);
    expect(named).toMatchObject({
      status: 2,
      output: expect.stringMatching(/values\.yaml: holds no Kubernetes object/),
    });
  });

  it('without any workload are an error: a wrong folder must not pass a check', async () => {
    const path = write('none/service.yaml', 'apiVersion: v1\nkind: Service\nmetadata: { name: web }\n');
    expect(await offline('-f', path)).toMatchObject({
      status: 2,
      output: expect.stringMatching(/service\.yaml: holds no workload/),
    });
  });

  it('may hold their secrets, in stringData too', async () => {
    const secret = JSON.stringify({ auths: { 'private.example.com': { username: 'u', password: 'p' } } });
    const path = write(
      'secret.yaml',
      `${DEPLOYMENT('private.example.com/a:1').replace('containers:', 'imagePullSecrets: [{ name: reg }], containers:')}---\n` +
        `apiVersion: v1\nkind: Secret\nmetadata: { name: reg }\ntype: kubernetes.io/dockerconfigjson\nstringData: { .dockerconfigjson: '${secret}' }\n`,
    );
    const { output } = await offline('-f', path, '--json');
    expect(JSON.parse(output)).toMatchObject({ findings: [], checked: { secrets: 1 } });
    expect(output).not.toContain('"p"');
  });
});

describe('--fail-on', () => {
  const path = () => write('bad.yaml', `${DEPLOYMENT('acme/App:1')}---\n${DEPLOYMENT('acme/b', 'late')}`);

  it.each([
    { failOn: 'now', status: 1 },
    { failOn: 'invalid-name', status: 1 },
    { failOn: 'any', status: 1 },
    { failOn: '24h', status: 1 },
    { failOn: 'image-gone', status: 0 },
    { failOn: 'image-gone,latest-tag', status: 1 },
  ])('$failOn ends with $status', async ({ failOn, status }) => {
    expect((await offline('-f', path(), '--fail-on', failOn)).status).toBe(status);
  });

  it('says why in one line, the soonest break first', async () => {
    const { output } = await offline('-f', path(), '--fail-on', 'any', '--json');
    const line = output.trimEnd().split('\n').at(-1);
    expect(line).toBe(
      'pullmedic: preflight fails: default/web: image name acme/App:1 is not valid: upper case [acme/App:1], and 1 more (--fail-on any)',
    );
  });

  it('unchecked fails where a registry could not be asked', async () => {
    const good = write('good.yaml', DEPLOYMENT('acme/a:1'));
    expect(await offline('-f', good, '--fail-on', 'now')).toMatchObject({ status: 0 });
    expect(await offline('-f', good, '--fail-on', 'now,unchecked')).toMatchObject({
      status: 1,
      output: expect.stringMatching(/preflight fails: 1 of 1 images could not be checked/),
    });
  });

  it('without it everything ends with 0, whatever was found', async () => {
    expect((await offline('-f', path())).status).toBe(0);
  });

  it('never fails for what is merely possible, but where its kind is named', () => {
    const possible = { kind: 'hub-limit', confidence: 'possible', breaks: { kind: 'now' } } as never;
    const fails = (text: string) => {
      const parsed = parseFailOn([text]);
      return 'problem' in parsed ? parsed.problem : parsed.fails(possible, NOW);
    };
    expect([fails('any'), fails('now'), fails('24h'), fails('next-node'), fails('hub-limit')]).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
  });
});

/** Findings of every horizon, with names as long as they come. */
async function report() {
  const registry = createFakeRegistry(({ image }) =>
    replyOf(image.repository.includes('gone') ? 'manifest-unknown' : 'found', NOW, {
      tags: { nearest: [], count: 3, isComplete: true },
    }),
  );
  const expiration = (NOW + 3 * 3_600_000) / 1000;
  const token = Buffer.from(JSON.stringify({ expiration })).toString('base64');
  const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
  const image = `${host}/a-rather-long-team-name/with-a-long-service:2026.11.22-0123456789abcdef`;
  return runPreflight(
    makeSnapshot({
      workloads: [
        ...Array.from({ length: 8 }, (_, i) =>
          makeWorkload({
            namespace: 'a-namespace-with-a-long-name',
            name: `a-workload-with-a-long-name-${i}`,
            image: 'ghcr.io/acme/gone:1',
          }),
        ),
        makeWorkload({ namespace: 'shop', name: 'ecr', image, secrets: ['ecr'] }),
        makeWorkload({ namespace: 'shop', name: 'latest', image: 'nginx' }),
      ],
      secrets: [dockerSecret({ namespace: 'shop', name: 'ecr', key: host, user: 'AWS', password: token })],
      gaps: [
        {
          what: 'pull secrets in 3 namespaces could not be read',
          why: '403: alice may not get secrets there',
          command: `kubectl create role x --namespace='shop'`,
        },
      ],
    }),
    { registry, signal: new AbortController().signal },
  );
}

describe('the table', () => {
  it.each([40, 80, 120])('fits %i columns, but for commands', async (columns) => {
    const lines = renderPreflight(await report(), { columns, hasColours: false }).split('\n');
    const text = lines.filter((line) => !/^ {6,}(?:kubectl|skopeo|aws) /.test(line));
    expect(Math.max(...text.map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  it('says on its first screen what breaks first, each with workload, reason, proof and fix', async () => {
    const screen = renderPreflight(await report(), { columns: 80, hasColours: false })
      .split('\n')
      .slice(0, 24)
      .join('\n');
    expect(screen).toMatch(
      /^3 findings on prod-eu: 1 at the next start of a pod, 1 by time, the first in 3\s+h, 1 may drift\./,
    );
    expect(screen).toMatch(/WHEN +WORKLOAD +WHY\nnow /);
    expect(screen).toMatch(/kind +image-gone, certain/);
    expect(screen).toMatch(/proof +without credentials, the registry has no such manifest/);
    expect(screen).toMatch(/fix +See which tags there are/);
    expect(screen).toContain("          skopeo list-tags 'docker://ghcr.io/acme/gone'");
    expect(screen).toMatch(/in 3 h +shop\/ecr +ECR pull secret ecr expires, not renewed/);
  });

  it('says what could not be checked and what was', async () => {
    const text = renderPreflight(await report(), { columns: 80, hasColours: false });
    expect(text).toMatch(/Not checked\n +- pull secrets in 3 namespaces could not be read: 403/);
    expect(text).toMatch(
      /Checked: 10 workloads, 3 images in 3 registries, 1 pull secret, 0 nodes; 3 of 3\nregistry questions answered, as of 2026-11-22T12:00:00Z\.\n$/,
    );
  });

  it('of a cluster without findings says what was checked', async () => {
    const registry = createFakeRegistry(() => replyOf('found', NOW));
    const workloads = [makeWorkload({ namespace: 'shop', name: 'web', image: 'nginx:1.27' })];
    const clean = await runPreflight(makeSnapshot({ workloads }), { registry, signal: new AbortController().signal });
    expect(renderPreflight(clean, { columns: 80, hasColours: false })).toBe(
      'Nothing was found on prod-eu that would fail at the next pull.\n\nChecked: 1 workload, 1 image in 1 registry, 0 pull secrets, 0 nodes; 1 of 1\nregistry question answered, as of 2026-11-22T12:00:00Z.\n',
    );
  });

  it('lets no name move the cursor', async () => {
    const workloads = [makeWorkload({ namespace: 'shop', name: 'web\u001b[2J', image: 'Bad\u001b[31m/x' })];
    const dirty = await runPreflight(makeSnapshot({ workloads }), { signal: new AbortController().signal });
    expect(renderPreflight(dirty, { columns: 80, hasColours: false })).not.toContain('\u001b');
  });
});
