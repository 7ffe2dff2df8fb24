import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { bundleNames } from '../../infra/build/bundle.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

interface FunctionConfig {
  readonly role: string;
  readonly handler: string;
  readonly timeout: number;
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly package: { readonly patterns: readonly string[] };
  readonly events: readonly { readonly sqs?: { readonly arn: unknown; readonly functionResponseType?: string } }[];
}

interface Resource {
  readonly Type: string;
  readonly Properties: {
    readonly Policies?: readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[];
    readonly RedrivePolicy?: { readonly deadLetterTargetArn: unknown };
    readonly FifoQueue?: boolean;
    readonly VisibilityTimeout?: number;
  };
}

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly unknown[];
}

function readYaml(path: string) {
  return parse(readFileSync(join(root, path), 'utf8'));
}

const serverless = readYaml('serverless.yml');
const functions: Readonly<Record<string, FunctionConfig>> = serverless.functions;
const resources: Readonly<Record<string, Resource>> = Object.assign(
  {},
  ...(serverless.resources as readonly string[]).map((include) => {
    const path = /^\$\{file\((.+)\)\}$/.exec(include)?.[1];
    if (path === undefined) throw new Error(`not a file: ${include}`);
    return readYaml(path).Resources;
  }),
);

/** `{ Fn::GetAtt: [TriageQueue, Arn] }` ─▶ `TriageQueue`. */
function queueOf(arn: unknown): string {
  const name = (arn as { readonly 'Fn::GetAtt'?: readonly [string, string] })['Fn::GetAtt']?.[0];
  if (name === undefined || resources[name]?.Type !== 'AWS::SQS::Queue')
    throw new Error(`not a queue: ${JSON.stringify(arn)}`);
  return name;
}

function triggersOf({ events }: FunctionConfig): readonly string[] {
  return events.flatMap(({ sqs }) => (sqs === undefined ? [] : [queueOf(sqs.arn)]));
}

function statementsOf({ role }: FunctionConfig): readonly Statement[] {
  return (resources[role]?.Properties.Policies ?? []).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

function queuesWith(action: RegExp, config: FunctionConfig): readonly string[] {
  return statementsOf(config)
    .filter((statement) => statement.Action.some((name) => action.test(name)))
    .flatMap((statement) => statement.Resource.map(queueOf));
}

const sendsTo = (config: FunctionConfig) => queuesWith(/^sqs:SendMessage$/, config);

/** Edges function ─▶ queue ─▶ function. Redrive is none: a dead letter's path ends where nobody sends. */
function edges(): ReadonlyMap<string, readonly string[]> {
  const workers = Object.entries(functions);
  return new Map(
    workers.map(([name, config]) => [
      name,
      sendsTo(config).flatMap((queue) =>
        workers.filter(([, worker]) => triggersOf(worker).includes(queue)).map(([worker]) => worker),
      ),
    ]),
  );
}

/** A path that comes back to where it began. */
function cycleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  function walk(name: string, path: readonly string[]): readonly string[] | undefined {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    for (const next of graph.get(name) ?? []) {
      const found = walk(next, [...path, name]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return [...graph.keys()].map((name) => walk(name, [])).find((cycle) => cycle !== undefined);
}

describe('serverless.yml', () => {
  it('lets no function send to a queue that triggers it, directly or in a cycle', () => {
    const graph = edges();
    expect(graph.get('alert-webhook')).toEqual(['triage-worker', 'incident-publisher']);
    // What a look asks of the refresh is proven by the next looks: the refresh sends to no queue of theirs.
    expect(graph.get('triage-worker')).toEqual(['incident-publisher', 'secret-refresh', 'remedy-worker']);
    expect(graph.get('remedy-worker')).toEqual(['incident-publisher', 'secret-refresh']);
    expect(graph.get('refresh-scheduler')).toEqual(['secret-refresh']);
    expect(graph.get('secret-refresh')).toEqual(['incident-publisher']);
    expect(cycleIn(graph)).toBeUndefined();
  });

  it('would notice a cycle', () => {
    expect(cycleIn(new Map([['a', ['a']]]))).toEqual(['a', 'a']);
    expect(
      cycleIn(
        new Map([
          ['x', ['a']],
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['a']],
        ]),
      ),
    ).toEqual(['a', 'b', 'c', 'a']);
  });

  it('has every function, and nothing that is none', () => {
    expect(Object.keys(functions).sort()).toEqual(
      bundleNames()
        .filter((name) => name !== 'cli' && name !== 'serve')
        .sort(),
    );
  });

  it('keeps permissions in roles of their own, one for each function, without wildcards of actions', () => {
    const roles = Object.values(functions).map(({ role }) => role);
    expect(new Set(roles).size).toBe(roles.length);
    const actions = Object.values(functions).flatMap((config) => statementsOf(config).flatMap(({ Action }) => Action));
    expect(actions.length).toBeGreaterThan(10);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  it.each(Object.keys(functions))('%s: receives from what triggers it, and sends where its code does', (name) => {
    const config = functions[name] as FunctionConfig;
    const source = readFileSync(join(root, 'functions', name, 'index.ts'), 'utf8');
    expect([...queuesWith(/^sqs:ReceiveMessage$/, config)].sort()).toEqual([...triggersOf(config)].sort());

    // A queue that index.ts opens is one that it sends to, but for the publisher, which postpones in its own.
    const opened = [
      ...(source.includes('PULLMEDIC_TRIAGE_QUEUE_URL') ? ['TriageQueue'] : []),
      ...(source.includes('PULLMEDIC_PUBLISH_QUEUE_URL') ? ['PublishQueue'] : []),
      ...(source.includes('PULLMEDIC_REFRESH_QUEUE_URL') ? ['RefreshQueue'] : []),
      ...(source.includes('PULLMEDIC_REMEDY_QUEUE_URL') ? ['RemedyQueue'] : []),
    ];
    expect(opened.filter((queue) => !triggersOf(config).includes(queue))).toEqual(sendsTo(config));
  });

  it.each(Object.keys(functions))(
    '%s: is given every variable that it reads, ships its bundle, and reports single failures',
    (name) => {
      const config = functions[name] as FunctionConfig;
      const source = readFileSync(join(root, 'functions', name, 'index.ts'), 'utf8');
      const read = [...new Set(source.match(/PULLMEDIC_\w+/g))];
      const given = Object.keys({ ...serverless.provider.environment, ...config.environment });
      expect(read.filter((variable) => !given.includes(variable))).toEqual([]);
      expect(given.filter((variable) => variable.startsWith('PULLMEDIC_') && !read.includes(variable))).toEqual([]);

      expect(config.handler).toBe(`dist/${name}/index.handler`);
      expect(config.package.patterns).toEqual([`dist/${name}/index.cjs`]);
      expect(existsSync(join(root, 'functions', name, 'handler.ts'))).toBe(true);
      for (const { sqs } of config.events) if (sqs) expect(sqs.functionResponseType).toBe('ReportBatchItemFailures');
    },
  );

  it('has a dead-letter queue behind each queue that works, and dead-letter at each of those', () => {
    const queues = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::SQS::Queue');
    const dead = queues.flatMap(([, { Properties }]) =>
      Properties.RedrivePolicy === undefined ? [] : [queueOf(Properties.RedrivePolicy.deadLetterTargetArn)],
    );
    expect(dead.sort()).toEqual(
      queues
        .filter(([, { Properties }]) => !Properties.RedrivePolicy)
        .map(([name]) => name)
        .sort(),
    );
    expect([...triggersOf(functions['dead-letter'] as FunctionConfig)].sort()).toEqual(dead);
    expect(sendsTo(functions['dead-letter'] as FunctionConfig)).toEqual([]);
    for (const [, { Properties }] of queues) {
      // SQS refuses a dead-letter queue of the other kind.
      const target = Properties.RedrivePolicy && resources[queueOf(Properties.RedrivePolicy.deadLetterTargetArn)];
      if (target) expect(target.Properties.FifoQueue).toBe(Properties.FifoQueue);
    }
  });

  it('hides a job longer than its worker may take', () => {
    for (const config of Object.values(functions)) {
      for (const queue of triggersOf(config)) {
        expect(resources[queue]?.Properties.VisibilityTimeout).toBeGreaterThan(config.timeout);
      }
    }
  });
});
