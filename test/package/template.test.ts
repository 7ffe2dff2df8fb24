import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { lambdaNames } from '../../infra/build/bundle.ts';
import { findCfnLint } from '../support/cfn-lint.ts';
import { attributesOf } from './deploy.ts';
import { grantsOf } from './grants.ts';
import { compileTemplate } from './packaged.ts';
import { evaluate, functionsOf, type Resource, resourcesOf, type Template } from './template.ts';

jest.setTimeout(120_000);

const lint = findCfnLint();
const itWithLint = lint === undefined ? it.skip : it;
if (lint === undefined) {
  console.warn('SKIPPED: cfn-lint is not there: python3 -m venv .venv && .venv/bin/pip install cfn-lint');
}

const AWS = 'https://sqs.eu-west-1.amazonaws.com';
/** Where AWS has no narrower form, with why. */
const WILDCARDS: readonly { readonly resource: string; readonly why: string }[] = [
  { resource: 'arn:aws:iam::*:role/pullmedic-*', why: 'accounts and roles are named by the configuration' },
  { resource: 'arn:aws:eks:*:123456789012:cluster/*', why: 'so are clusters and their regions' },
  { resource: 'arn:aws:ecr:*:123456789012:repository/*', why: 'images name the repositories' },
];

describe('the compiled template', () => {
  let prod: Template;
  let text: string;
  let test: Template;
  let isPrivate: Template;

  beforeAll(() => {
    ({ template: prod, text } = compileTemplate());
    ({ template: test } = compileTemplate(['--stage=test']));
    ({ template: isPrivate } = compileTemplate([
      '--param=subnetIds=subnet-1,subnet-2',
      '--param=securityGroupIds=sg-1',
      '--param=reservedConcurrency=5',
    ]));
  });

  itWithLint.each(['prod', 'private'])('of %s has no finding of cfn-lint', (which) => {
    const folder = mkdtempSync(join(tmpdir(), 'pullmedic-lint-'));
    try {
      const file = join(folder, 'template.json');
      writeFileSync(file, which === 'prod' ? text : JSON.stringify(isPrivate));
      // W3005: osls names a dependency that a reference implies already.
      const { status, stdout } = spawnSync(lint ?? '', ['--ignore-checks', 'W3005', '--', file], { encoding: 'utf8' });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('runs each function on Node 24 and arm64, each with a role, a log that ends, and a bound', () => {
    const functions = resourcesOf(prod, 'AWS::Lambda::Function');
    expect(
      functionsOf(prod)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...lambdaNames()].sort());
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
    expect(new Set(functionsOf(prod).map(({ roleId }) => roleId)).size).toBe(functions.length);
    for (const { Properties } of resourcesOf(prod, 'AWS::Logs::LogGroup'))
      expect(Properties['RetentionInDays']).toBe(30);
    for (const { Properties } of resourcesOf(prod, 'AWS::Lambda::EventSourceMapping')) {
      expect(Properties['ScalingConfig']).toMatchObject({ MaximumConcurrency: expect.any(Number) });
      expect(Properties['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
    }
  });

  it('keeps one table, on demand, with TTL, recovery and encryption, also when the stack goes', () => {
    const [table] = resourcesOf(prod, 'AWS::DynamoDB::Table') as readonly (Resource & { DeletionPolicy?: string })[];
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    });
  });

  it('grants no wildcard but those that have a reason', () => {
    const grants = functionsOf(prod).flatMap((of) => grantsOf(of, prod, attributesOf(prod, AWS)));
    expect(grants.length).toBeGreaterThan(60);
    expect(grants.filter(({ action }) => action.includes('*'))).toEqual([]);
    const wide = new Set(grants.map(({ resource }) => resource).filter(isWide));
    expect([...wide].sort()).toEqual(WILDCARDS.map(({ resource }) => resource).sort());
  });

  it('has an alarm on the oldest message of every queue and on the errors of every function', () => {
    const alarms = resourcesOf(prod, 'AWS::CloudWatch::Alarm').map(({ Properties }) => JSON.stringify(Properties));
    const has = (...parts: readonly string[]) => alarms.some((alarm) => parts.every((part) => alarm.includes(part)));
    const unwatched = [
      ...resourcesOf(prod, 'AWS::SQS::Queue').filter(
        ({ logicalId }) => !has('ApproximateAgeOfOldestMessage', `["${logicalId}","QueueName"]`),
      ),
      ...resourcesOf(prod, 'AWS::Lambda::Function').filter(
        ({ logicalId }) => !has('"Errors"', '"Invocations"', `"Ref":"${logicalId}"`),
      ),
    ];
    expect(unwatched.map(({ logicalId }) => logicalId)).toEqual([]);
    for (const alarm of alarms) expect(alarm).toContain('"AlarmActions":[{"Ref":"AlarmTopic"}]');
  });

  it('lets stages stand side by side: whatever has a name has that of its stage', () => {
    const shared = [...namesIn(prod)].filter((name) => namesIn(test).has(name));
    expect(shared).toEqual([]);
    expect(namesIn(prod).size).toBeGreaterThan(25);
  });

  it('says the URLs, and whom to trust', () => {
    const { AlertsUrl, SlackUrl } = prod.Outputs;
    expect(JSON.stringify(AlertsUrl)).toContain('"/alerts"');
    expect(JSON.stringify(SlackUrl)).toContain('"/slack"');
    const roles = ['TriageWorker', 'RemedyWorker', 'Sweeper', 'RefreshScheduler', 'SecretRefresh', 'Preflight'];
    expect(Object.keys(prod.Outputs)).toEqual(expect.arrayContaining(roles.map((name) => `${name}RoleArn`)));
  });

  it('puts all functions into private subnets where those are named, and reserves what is asked; else neither', () => {
    const attributes = { ...attributesOf(prod, AWS) };
    const known = {
      ...attributes,
      ref: (id: string) => attributes.ref(id) ?? (id === 'NetworkPolicy' ? 'policy' : undefined),
    };
    const read = (template: Template, { Properties }: Resource, key: string) =>
      (evaluate({ [key]: Properties[key] ?? null }, template, known) as Record<string, unknown>)[key] ?? undefined;
    const subnets = { SubnetIds: ['subnet-1', 'subnet-2'], SecurityGroupIds: ['sg-1'] };
    for (const { Properties, ...rest } of resourcesOf(prod, 'AWS::Lambda::Function')) {
      const resource = { Properties, ...rest };
      expect(read(prod, resource, 'VpcConfig')).toBeUndefined();
      expect(read(isPrivate, resource, 'VpcConfig')).toEqual(subnets);
      expect(read(prod, resource, 'ReservedConcurrentExecutions')).toBeUndefined();
    }
    const webhook = prod.Resources['AlertDashwebhookLambdaFunction'] as Resource;
    expect(read(isPrivate, webhook, 'ReservedConcurrentExecutions')).toBe('5');
    for (const { Type, Properties } of resourcesOf(prod, 'AWS::IAM::Role')) {
      const role = { Type, Properties };
      expect(read(prod, role, 'ManagedPolicyArns')).toBeUndefined();
      expect(read(isPrivate, role, 'ManagedPolicyArns')).toEqual(['policy']);
    }
  });
});

/** More than what its own kind of name ends in. */
function isWide(resource: string): boolean {
  const isPrefix = /:(?:parameter|secret:|secret):?\/?pullmedic\/[a-z/]*\*$/.test(resource);
  return resource.includes('*') && !isPrefix && !/^arn:aws:logs:.*:log-group:\/aws\/lambda\/[a-z-]+:\*$/.test(resource);
}

/** Every property that gives a resource its name in the account. */
function namesIn(template: Template): ReadonlySet<string> {
  const keys =
    /^(?:QueueName|TableName|RoleName|AlarmName|TopicName|FunctionName|LogGroupName|ManagedPolicyName|Name)$/;
  const types = /^AWS::(?:SQS|DynamoDB|IAM|CloudWatch|SNS|Lambda::Function|Logs|ApiGatewayV2::Api|Events)/;
  return new Set(
    Object.values(template.Resources)
      .filter(({ Type }) => types.test(Type))
      .flatMap(({ Type, Properties }) =>
        Object.entries(Properties)
          .filter(([key, value]) => keys.test(key) && typeof value === 'string')
          .map(([, value]) => `${Type} ${value}`),
      ),
  );
}
