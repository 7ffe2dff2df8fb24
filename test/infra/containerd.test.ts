import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const FOLDER = join(import.meta.dirname, '../../infra/containerd');
const TEMPLATE = join(FOLDER, 'ecr/certs.d/docker.io/hosts.toml');

describe('write-token.sh', () => {
  let folder = '';
  let target = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pullmedic-containerd-'));
    target = join(folder, 'certs.d/docker.io/hosts.toml');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs it with another AWS CLI. */
  function run(aws: string, ...args: readonly string[]) {
    writeFileSync(join(folder, 'aws'), `#!/bin/sh\n${aws}\n`, { mode: 0o755 });
    return spawnSync(join(FOLDER, 'ecr/write-token.sh'), args, {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
    });
  }

  it('puts the token of the region in place of ECR_TOKEN and changes nothing else', () => {
    // Characters that a sed script would take for its own.
    const { status, stderr } = run(
      '[ "$*" = "ecr get-login-password --region eu-west-1" ] && printf "a/b+c=&\\\\\\\\d"',
      ...[TEMPLATE, target, 'eu-west-1'],
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const token = Buffer.from('AWS:a/b+c=&\\d').toString('base64');
    expect(readFileSync(target, 'utf8')).toBe(readFileSync(TEMPLATE, 'utf8').replace('ECR_TOKEN', token));
  });

  it('lets root alone read the token', () => {
    run('echo token', TEMPLATE, target, 'eu-west-1');
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'certs.d/docker.io'))).toEqual(['hosts.toml']);
  });

  it.each([
    { name: 'fails', aws: 'echo "Unable to locate credentials" >&2; exit 255', says: 'no ECR token for eu-west-1' },
    { name: 'prints nothing', aws: 'exit 0', says: 'the AWS CLI printed no ECR token for eu-west-1' },
  ])('leaves what is there when the AWS CLI $name', ({ aws, says }) => {
    run('echo first', TEMPLATE, target, 'eu-west-1');
    const before = readFileSync(target, 'utf8');
    const { status, stderr } = run(aws, TEMPLATE, target, 'eu-west-1');
    expect(status).toBe(1);
    expect(stderr).toContain(says);
    expect(readFileSync(target, 'utf8')).toBe(before);
  });

  it('says how it is used', () => {
    const { status, stderr } = run('exit 0', TEMPLATE);
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'usage: write-token.sh TEMPLATE TARGET REGION\n' });
  });
});

describe('the mirror of ECR', () => {
  const hosts = readFileSync(TEMPLATE, 'utf8');
  const policy = JSON.parse(readFileSync(join(FOLDER, 'ecr/node-policy.json'), 'utf8')) as {
    readonly Statement: readonly { readonly Action: string | readonly string[]; readonly Resource: string }[];
  };

  it('asks below the prefix that the nodes may pull through, with one header for one host', () => {
    const [, account, region, prefix] =
      /\[host\."https:\/\/(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/v2\/([a-z-]+)"\]/.exec(hosts) ?? [];
    expect(policy.Statement[1]?.Resource).toBe(`arn:aws:ecr:${region}:${account}:repository/${prefix}/*`);
    expect(hosts.match(/^\s*\[host\./gm)).toHaveLength(2);
    expect(hosts.match(/^[^#]*ECR_TOKEN/gm)).toHaveLength(1);
  });

  it('is allowed what a first pull takes, and to log in anywhere', () => {
    expect(policy.Statement.map(({ Action }) => Action)).toEqual([
      'ecr:GetAuthorizationToken',
      expect.arrayContaining(['ecr:BatchGetImage', 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository']),
    ]);
  });
});

it('every file that the README names is there', () => {
  const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  const named = [...readme.matchAll(/`((?:certs\.d|config-|ecr\/)[^`\s]*)`/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(6);
  expect(named.filter((name) => !existsSync(join(FOLDER, name)))).toEqual([]);
});
