import { afterEach, describe, expect, it } from '@jest/globals';
import { openRegistry } from './ask.ts';
import { answerJson, type Respond, startServer } from './test-registry.ts';

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const ROLE = 'arn:aws:iam::123456789012:role/pullmedic/ecr-read';
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

type Answer = { readonly error: string } | object;

/** AWS JSON 1.1 on loopback: an answer for each operation; AssumeRole is the query protocol. */
async function start(
  answers: Readonly<Record<string, Answer>>,
  options: { readonly roleArn?: string; readonly hasKeys?: boolean } = {},
) {
  const calls: { readonly operation: string; readonly key: string | undefined; readonly input: object }[] = [];
  const respond: Respond = (_request, response, raw) => {
    let body = '';
    raw.on('data', (chunk) => {
      body += chunk;
    });
    raw.on('end', () => {
      const operation = String(raw.headers['x-amz-target'] ?? 'AssumeRole').replace(/^.*\./, '');
      const key = /Credential=([^/]+)/.exec(raw.headers.authorization ?? '')?.[1];
      const input = operation === 'AssumeRole' ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body);
      calls.push({ operation, key, input });
      const isList = operation === 'DescribeImages' && input.imageIds === undefined;
      const answer = answers[isList ? 'ListImages' : operation];
      if (operation === 'AssumeRole') {
        if (answer === undefined) {
          response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
          return;
        }
        response.end(
          '<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>',
        );
      } else if (answer === undefined || 'error' in answer) {
        answerJson(response, 400, { __type: answer?.error ?? 'AccessDeniedException', message: 'denied s3cret' });
      } else answerJson(response, 200, answer);
    });
  };
  const aws = await startServer(respond);
  open.push(aws.close);
  const registry = openRegistry({
    accounts: [{ id: '123456789012', roleArn: options.roleArn }],
    dns: {},
    deps: {
      awsEndpoint: `http://${aws.address}`,
      ...(options.hasKeys === false ? {} : { awsKeys: () => async () => KEYS }),
    },
  });
  return { calls, ask: (reference = 'shop/web:1.27') => registry.ask(`${HOST}/${reference}`) };
}

const POLICY = JSON.stringify({
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: ['arn:aws:iam::1:root', 'arn:aws:iam::2:role/x'] },
      Action: ['ecr:Batch*', 'ecr:GetDownloadUrlForLayer'],
    },
    { Effect: 'Allow', Principal: '*', Action: 'ecr:*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } },
    { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::3:root' }, Action: 'ecr:PutImage' },
    { Effect: 'Deny', Principal: { AWS: 'arn:aws:iam::4:root' }, Action: 'ecr:BatchGetImage' },
  ],
});
const LIFECYCLE = JSON.stringify({
  rules: [
    {
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
      action: { type: 'expire' },
    },
    {
      selection: { tagStatus: 'tagged', tagPrefixList: ['pr-'], countType: 'imageCountMoreThan', countNumber: 30 },
      action: { type: 'expire' },
    },
    { selection: { tagStatus: 'any', countType: 'sinceImagePushed', countNumber: 1 }, action: { type: 'transition' } },
  ],
});

describe("ECR's own API", () => {
  it('says when the image was pushed, who may pull it and what expires, by the role of the account', async () => {
    const { calls, ask } = await start(
      {
        AssumeRole: {},
        DescribeImages: {
          imageDetails: [{ imageTags: ['1.27'], imagePushedAt: 1_790_000_000, lastRecordedPullTime: 1_790_100_000 }],
        },
        DescribeRepositories: { repositories: [{ repositoryName: 'shop/web' }] },
        GetRepositoryPolicy: { policyText: POLICY },
        GetLifecyclePolicy: { lifecyclePolicyText: LIFECYCLE },
      },
      { roleArn: ROLE },
    );
    const { answer, gaps } = await ask();
    expect(answer?.ecr).toEqual({
      repository: 'exists',
      image: 'exists',
      pushedAt: 1_790_000_000_000,
      lastPulledAt: 1_790_100_000_000,
      pullPrincipals: ['arn:aws:iam::1:root', 'arn:aws:iam::2:role/x', '* (on conditions)'],
      hasPolicy: true,
      lifecycleRules: ['expires untagged after 14 days', 'expires tagged pr-* beyond the newest 30'],
      expiryRules: [
        { which: 'untagged', tags: [], after: 'pushed-days', amount: 14, words: 'expires untagged after 14 days' },
        {
          which: 'tagged',
          tags: ['pr-*'],
          after: 'count',
          amount: 30,
          words: 'expires tagged pr-* beyond the newest 30',
        },
      ],
    });
    // The registry's own host does not resolve here: what ECR's API said is kept all the same.
    expect(answer?.attempts).toEqual([]);
    expect(gaps).toMatchObject([{ what: `registry ${HOST} could not be asked` }]);
    expect(calls.map(({ operation, key }) => `${operation} ${key}`).sort()).toEqual([
      'AssumeRole AKIDEXAMPLE',
      'DescribeImages ASIAROLE',
      'DescribeRepositories ASIAROLE',
      'GetLifecyclePolicy ASIAROLE',
      'GetRepositoryPolicy ASIAROLE',
    ]);
    expect(calls.find(({ operation }) => operation === 'DescribeImages')?.input).toEqual({
      registryId: '123456789012',
      repositoryName: 'shop/web',
      imageIds: [{ imageTag: '1.27' }],
    });
  });

  it('names the tags that there are instead, with the times of their pushes', async () => {
    const { ask } = await start({
      DescribeImages: { error: 'ImageNotFoundException' },
      ListImages: {
        imageDetails: [
          { imageTags: ['1.26', 'v1.27'], imagePushedAt: 1_790_000_000 },
          { imageTags: ['nightly'], imagePushedAt: 1_790_000_001 },
        ],
      },
      DescribeRepositories: { repositories: [{}] },
      GetRepositoryPolicy: { error: 'RepositoryPolicyNotFoundException' },
      GetLifecyclePolicy: { error: 'LifecyclePolicyNotFoundException' },
    });
    const { answer } = await ask();
    expect(answer?.ecr).toMatchObject({
      repository: 'exists',
      image: 'missing',
      hasPolicy: false,
      pullPrincipals: [],
      lifecycleRules: [],
      expiryRules: [],
    });
    expect(answer?.tags).toEqual({
      nearest: [
        { tag: 'v1.27', pushedAt: 1_790_000_000_000 },
        { tag: '1.26', pushedAt: 1_790_000_000_000 },
      ],
      count: 3,
      isComplete: true,
    });
  });

  it('says that the repository does not exist', async () => {
    const error = { error: 'RepositoryNotFoundException' };
    const answers = {
      DescribeImages: error,
      DescribeRepositories: error,
      GetRepositoryPolicy: error,
      GetLifecyclePolicy: error,
    };
    const { ask } = await start(answers);
    const { answer, gaps } = await ask(`shop/web@sha256:${'b'.repeat(64)}`);
    expect(answer?.ecr).toMatchObject({ repository: 'missing', image: 'missing', hasPolicy: undefined });
    expect(gaps.filter(({ what }) => what.startsWith('ECR'))).toEqual([]);
  });

  it('names each permission that is missing and the command that grants them', async () => {
    const { ask } = await start({ AssumeRole: {}, DescribeRepositories: { repositories: [{}] } }, { roleArn: ROLE });
    const { answer, gaps } = await ask();
    expect(answer?.ecr).toMatchObject({ repository: 'exists', image: 'unknown' });
    expect(gaps.map(({ why }) => why)).toEqual(
      expect.arrayContaining([
        `403: ${ROLE} may not ecr:DescribeImages there`,
        `403: ${ROLE} may not ecr:GetRepositoryPolicy there`,
        `403: ${ROLE} may not ecr:GetLifecyclePolicy there`,
      ]),
    );
    expect(gaps.find(({ why }) => why.includes('ecr:DescribeImages'))?.command).toMatch(
      /^aws iam put-role-policy --role-name 'ecr-read' --policy-name pullmedic-read-ecr --policy-document '\{.*arn:aws:ecr:eu-west-1:123456789012:repository\/\*.*\}'$/,
    );
    expect(JSON.stringify(gaps)).not.toContain('s3cret');
  });

  it('is one gap where the role cannot be assumed', async () => {
    const { calls, ask } = await start({}, { roleArn: ROLE });
    const { answer, gaps } = await ask();
    expect(answer).toBeUndefined();
    expect(gaps).toContainEqual({
      what: "ECR's own API was not asked for account 123456789012",
      why: `${ROLE} could not be assumed`,
    });
    expect(new Set(calls.map(({ operation }) => operation))).toEqual(new Set(['AssumeRole']));
  });

  it('is not asked without AWS keys', async () => {
    const { calls, ask } = await start({}, { hasKeys: false });
    expect((await ask()).gaps).toContainEqual(expect.objectContaining({ why: 'there are no AWS keys here' }));
    expect(calls).toEqual([]);
  });
});
