import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJsonValues } from '../../functions/cli/json-values.ts';
import { readObjects } from '../../functions/cli/read-objects.ts';

const CLOCK = Date.parse('2030-01-01T00:00:00Z');

function read(...texts: readonly string[]) {
  return readObjects(
    texts.map((text, i) => ({ name: `file-${i}`, text })),
    { at: undefined, clock: CLOCK },
  );
}

const pod = (name: string, more: object = {}) => ({ kind: 'Pod', metadata: { name, namespace: 'shop', ...more } });

describe('reading recorded objects', () => {
  it.each([
    { form: 'one object', text: JSON.stringify(pod('a')) },
    { form: 'a List', text: JSON.stringify({ kind: 'List', items: [pod('a')] }) },
    {
      form: 'a typed list, whose items do not name their kind',
      text: JSON.stringify({ kind: 'PodList', items: [{ metadata: { name: 'a' } }] }),
    },
    { form: 'a List of Lists', text: JSON.stringify({ kind: 'List', items: [{ kind: 'List', items: [pod('a')] }] }) },
    { form: 'an array', text: JSON.stringify([pod('a')]) },
    { form: 'a watch event', text: JSON.stringify({ type: 'ADDED', object: pod('a') }) },
    { form: 'values with nothing between them', text: `{"kind":"List","items":[]}${JSON.stringify(pod('a'))}[]` },
    { form: 'pretty text after a byte order mark', text: `\uFEFF${JSON.stringify(pod('a'), null, 4)}\n` },
  ])('takes $form', ({ text }) => {
    expect(read(text).pods.map(({ metadata }) => metadata?.name)).toEqual(['a']);
  });

  it('sorts kinds into their lists and leaves out what it does not know', () => {
    const kinds = ['Event', 'Secret', 'ServiceAccount', 'Node', 'Deployment', 'CronJob', 'Namespace', 'ConfigMap'];
    const snapshot = read(kinds.map((kind) => JSON.stringify({ kind, metadata: { name: kind } })).join('\n'));
    expect({
      events: snapshot.events.length,
      secrets: snapshot.secrets.length,
      serviceAccounts: snapshot.serviceAccounts.length,
      nodes: snapshot.nodes.length,
      workloads: snapshot.workloads.map(({ kind }) => kind),
      namespaces: snapshot.namespaces.length,
    }).toEqual({
      events: 1,
      secrets: 1,
      serviceAccounts: 1,
      nodes: 1,
      workloads: ['Deployment', 'CronJob'],
      namespaces: 1,
    });
  });

  it('counts an object that is given twice once, in its newest version', () => {
    const versions = ['10', '9'].map((resourceVersion) => JSON.stringify(pod('a', { resourceVersion, uid: 'u' })));
    expect(read(...versions).pods.map(({ metadata }) => metadata?.resourceVersion)).toEqual(['10']);
    expect(read(JSON.stringify(pod('a', { uid: '1' })), JSON.stringify(pod('a', { uid: '2' }))).pods).toHaveLength(2);
  });

  it('reads events.k8s.io/v1, which names things differently', () => {
    const event = {
      kind: 'Event',
      metadata: { name: 'e' },
      regarding: { kind: 'Pod', name: 'a' },
      note: 'x',
      reason: 'Failed',
    };
    expect(read(JSON.stringify(event)).events).toMatchObject([{ involvedObject: { name: 'a' }, message: 'x' }]);
  });

  it('takes for now --at, else the newest time in the objects, else the clock', () => {
    const text = JSON.stringify(
      pod('a', {
        creationTimestamp: '2026-11-22T11:00:00Z',
        deletionTimestamp: '2027-01-01T00:00:00Z',
        annotations: { time: '2028-01-01T00:00:00Z' },
        managedFields: [{ time: '2026-11-22T11:30:00Z' }],
      }),
    );
    expect(read(text).observedAt).toBe(Date.parse('2026-11-22T11:30:00Z'));
    expect(readObjects([{ name: 'f', text }], { at: 7, clock: CLOCK }).observedAt).toBe(7);
    expect(read(JSON.stringify(pod('a'))).observedAt).toBe(CLOCK);
  });

  it.each([
    { text: ' \n', says: 'file-0: is empty' },
    { text: '{"kind":"Pod"', says: 'file-0: is not JSON: the value that starts on line 1' },
    { text: '{"kind":"List","items":[]}\n\nnope', says: 'file-0: is not JSON at line 3' },
    { text: '{"kind":"List","items":[],}', says: 'file-0: is not JSON' },
    { text: '---\nkind: Pod', says: 'file-0: holds no Kubernetes object' },
    { text: '---\nkind: *nowhere', says: 'file-0: is YAML with an alias' },
    { text: '{"kind":"List","items":[]}\n---\nkind: Pod', says: 'file-0: is JSON at first and YAML then' },
    { text: '"text" 1 null true', says: 'file-0: holds no Kubernetes object' },
    { text: '{"kind":"Pod"}', says: 'file-0: holds no Kubernetes object' },
  ])('refuses $text: $says', ({ text, says }) => {
    expect(() => read(text)).toThrow(says);
  });

  it.each([
    { form: 'one document', text: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n' },
    { form: 'a List', text: 'apiVersion: v1\nitems:\n- kind: Pod\n  metadata:\n    name: a\nkind: List\n' },
    {
      form: 'several documents',
      text: '---\nkind: ConfigMap\nmetadata: {name: c}\n---\n# b\n---\nkind: Pod\nmetadata: {name: a}\n...\n',
    },
    { form: 'comments and a byte order mark', text: '\uFEFF# from kubectl\nkind: Pod\nmetadata: {name: a}\n' },
    { form: 'an anchor used a few times', text: 'x: &m {name: a}\nkind: Pod\nmetadata: *m\n' },
  ])('takes YAML: $form', ({ text }) => {
    expect(read(text).pods.map(({ metadata }) => metadata?.name)).toEqual(['a']);
  });

  it('leaves times of YAML as the text that they are', () => {
    const text = 'kind: Pod\nmetadata: {name: a, creationTimestamp: 2026-11-22T11:00:00Z}\n';
    expect(read(text).observedAt).toBe(Date.parse('2026-11-22T11:00:00Z'));
  });

  it('is not filled by aliases of aliases, nor by nesting or keys without number', () => {
    const bomb = Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : Array(9).fill(`*a${i - 1}`)}]`);
    expect(() => read(`kind: Pod\n${bomb.join('\n')}\n`)).toThrow('file-0: is YAML with an alias');
    expect(() => read(`kind: ${'['.repeat(20_000)}`)).toThrow(/^file-0: is (?:not YAML|YAML that nests)/);
    const keys = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`);
    expect(() => read(`---\n${keys.join('\n')}\n`)).toThrow('no Kubernetes object');
  });

  it('cannot be made to change the prototype of objects', () => {
    read('kind: Pod\nmetadata: {name: a, __proto__: {polluted: yes}}\n__proto__: {polluted: yes}\n');
    expect({}).not.toHaveProperty('polluted');
  });

  it('never repeats the text in its complaint: it may hold a secret', () => {
    expect(() => read('{"password": "hunter2"')).toThrow(/^(?!.*hunter2)/);
    expect(() => read('hunter2')).toThrow(/^(?!.*hunter2)/);
    expect(() => read('password: hunter2\n  hunter2: [')).toThrow(/^(?!.*hunter2)/);
    expect(() => read('kind: *hunter2')).toThrow(/^(?!.*hunter2)/);
  });

  it('splits any values that were joined', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.constantFrom(' ', '\n', '\r\n\t'), (values, space) => {
        const text = values.map((value) => JSON.stringify(value)).join(space);
        expect(parseJsonValues(text).map(({ value }) => JSON.stringify(value))).toEqual(
          values.map((value) => JSON.stringify(value)),
        );
      }),
    );
  });

  it('never fails otherwise than by saying what is wrong with the input', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        try {
          read(text);
        } catch (error) {
          expect(error).toMatchObject({ name: 'UsageError', message: expect.stringMatching(/^file-0: /) });
        }
      }),
    );
    expect(() => read('['.repeat(200_000))).toThrow('file-0: is not JSON');
    expect(() => read(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)).toThrow('no Kubernetes object');
  });
});
