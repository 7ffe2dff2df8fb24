import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deployment, pullSecret } from '../../../infra/local/scenarios/objects.ts';
import { answerJson, startServer } from '../../adapters/registry/test-registry.ts';
import { type Stage, startStage } from './preflight-stage.ts';

const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const DAY = 86_400_000;
const STARTED = Date.now();

/** ECR's own API: one image that was pushed `ageDays` ago, `newer` later ones, and a policy. */
const world = { ageDays: 10, newer: 0, rule: {} as object };
let aws: Awaited<ReturnType<typeof startServer>>;
let stage: Stage;

beforeAll(async () => {
  aws = await startServer((_request, response, raw) => {
    let body = '';
    raw.on('data', (chunk) => {
      body += chunk;
    });
    raw.on('end', () => {
      const operation = String(raw.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
      const pushed = (ageDays: number) => (STARTED - ageDays * DAY) / 1000;
      const image = { imageTags: ['v1'], imagePushedAt: pushed(world.ageDays) };
      const newer = Array.from({ length: world.newer }, (_, i) => ({
        imageTags: [`v${i + 2}`],
        imagePushedAt: pushed(0),
      }));
      const isList = operation === 'DescribeImages' && JSON.parse(body).imageIds === undefined;
      const policy = { rules: [{ selection: world.rule, action: { type: 'expire' } }] };
      const answers: Readonly<Record<string, object>> = {
        DescribeImages: { imageDetails: isList ? [image, ...newer] : [image] },
        DescribeRepositories: { repositories: [{}] },
        GetLifecyclePolicy: { lifecyclePolicyText: JSON.stringify(policy) },
      };
      const answer = answers[operation];
      if (answer === undefined) answerJson(response, 400, { __type: 'RepositoryPolicyNotFoundException' });
      else answerJson(response, 200, answer);
    });
  });
  stage = await startStage({ awsEndpoint: `http://${aws.address}` });
  stage.registry.addImage(`${ECR}/shop/web:v1`);
  const { password } = stage.ecr.tokens.issue('eu-west-1');
  stage.cluster.apply([
    pullSecret('shop', 'ecr', ECR, 'AWS', password),
    deployment('web', `${ECR}/shop/web:v1`, 1, { namespace: 'shop', secrets: ['ecr'] }),
  ]);
});
afterAll(async () => {
  await stage.stop();
  await aws.close();
});

const found = async () => (await stage.report('-A')).findings.find(({ kind }) => kind === 'image-expiring');

describe('an ECR lifecycle rule', () => {
  it('tells when it deletes an image that runs, and nothing once the rule spares it', async () => {
    world.rule = { tagStatus: 'any', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 };
    const finding = await found();
    expect(finding).toMatchObject({
      breaks: 'at',
      confidence: 'likely',
      phrase: 'shop/web:v1 will be deleted by a lifecycle rule',
    });
    const inDays = (Date.parse(finding?.breaksAt ?? '') - stage.clock.now()) / DAY;
    expect(inDays).toBeGreaterThan(3.9);
    expect(inDays).toBeLessThan(4.1);
    expect(finding?.evidence[0]).toMatch(
      /the repository expires any after 14 days; this one was pushed .*, so it goes /,
    );

    world.rule = { tagStatus: 'tagged', tagPrefixList: ['pr-'], countType: 'sinceImagePushed', countNumber: 14 };
    expect(await found()).toBeUndefined();
  });

  it.each([
    { newer: 9, says: /9 of it are newer than this one: it is the next to go/ },
    { newer: 7, says: /7 of it are newer than this one: 2 builds more and it goes/ },
    { newer: 3, says: undefined },
  ])('that keeps the newest 10 with $newer newer ones', async ({ newer, says }) => {
    world.newer = newer;
    world.rule = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 };
    const finding = await found();
    if (says === undefined) expect(finding).toBeUndefined();
    else expect(finding?.evidence[0]).toMatch(says);
  });
});
