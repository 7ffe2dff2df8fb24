import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { runOffline } from './offline.ts';

async function shown(args: readonly string[], input: string, hasColours = false): Promise<string> {
  const { status, output } = await runOffline(args, { input, hasColours });
  expect({ status, isEmpty: output === '' }).toEqual({ status: 0, isEmpty: false });
  return output;
}

const token = fc
  .array(fc.constantFrom(...'ABCDEFGHabcdefgh0123456789'), { minLength: 24, maxLength: 50 })
  .map((letters) => `Zq7${letters.join('')}`);

const image = 'registry.example.com/team/app:v1';
const failed = (rest: string) =>
  `Failed to pull image "${image}": failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${rest}`;

const TEXTS: readonly { readonly what: string; readonly plant: (secret: string) => string }[] = [
  {
    what: 'a presigned URL',
    plant: (secret) =>
      failed(
        `failed to copy: httpReadSeeker: failed open: unexpected status from GET request to https://b.s3.eu-west-1.amazonaws.com/x?X-Amz-Credential=${secret}&X-Amz-Security-Token=${secret}&X-Amz-Signature=${secret}: 403 Forbidden`,
      ),
  },
  {
    what: 'user info in a URL',
    plant: (secret) => failed(`failed to do request: Head "https://ci:${secret}@registry.example.com/v2/": EOF`),
  },
  {
    what: 'user info of a proxy',
    plant: (secret) => failed(`proxyconnect tcp: dial tcp: lookup http://${secret}:${secret}@proxy.corp: no such host`),
  },
  { what: 'a JWT', plant: (secret) => failed(`unexpected status: 401: eyJhbGciOiJub25lIn0.eyJ${secret}.${secret}`) },
  { what: 'a header', plant: (secret) => failed(`Authorization: Bearer ${secret}: 401 Unauthorized`) },
  {
    what: 'a dockerconfigjson',
    plant: (secret) => failed(`{"auths":{"r":{"auth":"${secret}","password":"${secret}"}}}`),
  },
];

/** A pod that fails, its event, and secrets in every form, all with the same password. */
function objectsWith(text: string, secret: string) {
  const auth = Buffer.from(`ci:${secret}`).toString('base64');
  const entry = { username: 'ci', password: secret, auth, identitytoken: secret };
  const encode = (value: unknown) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');
  const secretOf = (name: string, type: string, data: object) => ({
    kind: 'Secret',
    type,
    metadata: { name, namespace: 'shop' },
    data,
  });
  const names = ['good', 'legacy', 'broken', 'other-type', 'wrong-key'];
  return [
    {
      kind: 'Pod',
      metadata: { name: 'web-1', namespace: 'shop', uid: 'u1', creationTimestamp: '2026-11-22T11:00:00Z' },
      spec: {
        nodeName: 'node-1',
        containers: [{ name: 'web', image }],
        imagePullSecrets: names.map((name) => ({ name })),
      },
      status: {
        phase: 'Pending',
        containerStatuses: [
          { name: 'web', image, ready: false, state: { waiting: { reason: 'ErrImagePull', message: text } } },
        ],
      },
    },
    {
      kind: 'Event',
      metadata: { name: 'e1', namespace: 'shop' },
      reason: 'Failed',
      type: 'Warning',
      message: text,
      involvedObject: { kind: 'Pod', name: 'web-1', namespace: 'shop', uid: 'u1', fieldPath: 'spec.containers{web}' },
      lastTimestamp: '2026-11-22T11:10:00Z',
      count: 3,
    },
    secretOf('good', 'kubernetes.io/dockerconfigjson', {
      '.dockerconfigjson': encode({
        auths: { 'registry.example.com': entry, [`https://ci:${secret}@other.example.com`]: entry },
      }),
    }),
    secretOf('legacy', 'kubernetes.io/dockercfg', { '.dockercfg': encode({ 'registry.example.com': entry }) }),
    secretOf('broken', 'kubernetes.io/dockerconfigjson', {
      '.dockerconfigjson': encode(`{"auths": {"r": {"password": "${secret}"`),
    }),
    secretOf('other-type', 'Opaque', { '.dockerconfigjson': encode({ auths: { 'registry.example.com': entry } }) }),
    {
      ...secretOf('wrong-key', 'kubernetes.io/dockerconfigjson', { config: encode(secret) }),
      stringData: { plain: secret },
    },
  ];
}

describe('a credential that was in the input', () => {
  it.each(TEXTS)('is in no output of explain: $what', async ({ plant }) => {
    await fc.assert(
      fc.asyncProperty(token, async (secret) => {
        const text = plant(secret);
        const outputs = [
          await shown(['explain'], text),
          await shown(['explain', text], '', true),
          await shown(['explain', '--json'], text),
          await shown(['explain', '--jsonl'], JSON.stringify({ id: 'a', message: text })),
          await shown(['explain', '--report'], text),
          await shown(['explain', '--report', '--json'], text),
        ];
        for (const output of outputs) expect(output).not.toContain(secret);
      }),
      { numRuns: 20 },
    );
  });

  it.each(TEXTS)('is in no output of diagnose, nor one from a Secret: $what', async ({ plant }) => {
    await fc.assert(
      fc.asyncProperty(token, async (secret) => {
        const items = objectsWith(plant(secret), secret);
        const json = JSON.stringify({ kind: 'List', items });
        const yaml = items.map((item) => `---\n${stringify(item)}`).join('');
        const outputs = [
          await shown(['diagnose', '-f', '-'], json),
          await shown(['diagnose', '-f', '-', '--json'], json),
          await shown(['diagnose', '-f', '-'], yaml, true),
          await shown(['diagnose', '-f', '-', '--json'], yaml),
        ];
        for (const output of outputs) {
          expect(output).toContain('web');
          expect(output).not.toContain(secret);
          expect(output).not.toContain(Buffer.from(`ci:${secret}`).toString('base64'));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is not told by a complaint about the input', async () => {
    const inputs = ['{"kind":"Secret","data":"Zq7secret"', 'kind: Secret\ndata: "Zq7secret\n', 'Zq7secret'];
    const outputs = await Promise.all(
      inputs.map(async (input) => (await runOffline(['diagnose', '-f', '-'], { input })).output),
    );
    for (const output of outputs) {
      expect(output).toMatch(/^pullmedic: standard input: is not /);
      expect(output).not.toContain('Zq7secret');
    }
  });
});
