import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  type ImageDetail,
} from '@aws-sdk/client-ecr';
import { matchesGlob } from '../../domain/glob.ts';
import type { EcrAnswer, NearTag } from '../../domain/registry-answer.ts';
import type { Clock } from '../../ports/clock.ts';
import { errorName } from '../aws/advise-retry.ts';
import { awsClientSettings } from '../aws/client-settings.ts';
import { assumeRole } from '../kubernetes/eks.ts';
import type { AwsKeysProvider } from '../kubernetes/sign-aws.ts';
import type { Conversation } from './conversation.ts';
import { ecrGap } from './ecr-gap.ts';
import { expiryRules, pullPrincipals } from './ecr-policy.ts';
import { nearestTags } from './near-tags.ts';
import type { EcrTarget } from './registry-target.ts';

export interface EcrDependencies {
  readonly clock: Clock;
  /** Keys of this process; left out = ECR's own API is not asked. */
  readonly awsKeys?: ((options: { readonly profile?: string | undefined }) => AwsKeysProvider) | undefined;
  /** Instead of AWS's own addresses; only tests and the embedded stack set it. */
  readonly awsEndpoint?: string | undefined;
}

type AskEcr = (conversation: Conversation, target: EcrTarget, signal: AbortSignal) => Promise<void>;

/** Account and role come from the configuration; the region comes with the image. */
const CLIENTS_MAX = 32;
const PAGES_MAX = 3;

const UNKNOWN: EcrAnswer = {
  repository: 'unknown',
  image: 'unknown',
  pushedAt: undefined,
  lastPulledAt: undefined,
  pullPrincipals: undefined,
  hasPolicy: undefined,
  lifecycleRules: undefined,
};

/** Asks ECR's own API, which knows who may pull and what was expired; each call that fails is a gap of its own. */
export function createEcrAsker(deps: EcrDependencies): AskEcr {
  const clients = new Map<string, ECRClient>();

  function clientFor({ region, roleArn }: EcrTarget, keys: AwsKeysProvider): ECRClient {
    const key = `${region} ${roleArn ?? ''}`;
    const known = clients.get(key);
    if (known !== undefined) return known;
    const [oldest] = clients.keys();
    if (clients.size >= CLIENTS_MAX && oldest !== undefined) {
      clients.get(oldest)?.destroy();
      clients.delete(oldest);
    }
    const endpoint = deps.awsEndpoint;
    const client = new ECRClient({
      ...awsClientSettings(),
      region,
      ...(endpoint === undefined ? {} : { endpoint }),
      credentials:
        roleArn === undefined
          ? keys
          : assumeRole({ roleArn, region, base: keys, now: () => deps.clock.now(), endpoint: deps.awsEndpoint }),
    });
    clients.set(key, client);
    return client;
  }

  return async (conversation, target, signal) => {
    const { findings } = conversation;
    const keys = deps.awsKeys?.({});
    if (keys === undefined) {
      findings.gaps.push({
        what: `ECR's own API was not asked for account ${target.account}`,
        why: 'there are no AWS keys here',
      });
      return;
    }
    const client = clientFor(target, keys);
    try {
      await client.config.credentials();
    } catch {
      findings.gaps.push({
        what: `ECR's own API was not asked for account ${target.account}`,
        why: target.roleArn === undefined ? 'the AWS keys could not be read' : `${target.roleArn} could not be assumed`,
      });
      return;
    }
    const call = { client, conversation, target, abortSignal: signal };
    await Promise.all([describeImage(call), describeRepository(call), readPolicy(call), readLifecycle(call)]);
    if (conversation.wantsExpiry === true) await countNewer(call);
  };
}

interface EcrCall {
  readonly client: ECRClient;
  readonly conversation: Conversation;
  readonly target: EcrTarget;
  readonly abortSignal: AbortSignal;
}

async function describeImage({ client, conversation, target, abortSignal }: EcrCall): Promise<void> {
  const { image } = conversation;
  const imageId = image.digest === undefined ? { imageTag: image.tag ?? 'latest' } : { imageDigest: image.digest };
  try {
    const input = { ...repositoryOf(conversation, target), imageIds: [imageId] };
    const { imageDetails } = await client.send(new DescribeImagesCommand(input), { abortSignal });
    const [detail] = imageDetails ?? [];
    learn(conversation, {
      repository: 'exists',
      image: detail === undefined ? 'unknown' : 'exists',
      pushedAt: detail?.imagePushedAt?.getTime(),
      lastPulledAt: detail?.lastRecordedPullTime?.getTime(),
    });
  } catch (error) {
    switch (errorName(error)) {
      case 'RepositoryNotFoundException':
        learn(conversation, { repository: 'missing', image: 'missing' });
        return;
      case 'ImageNotFoundException':
        learn(conversation, { repository: 'exists', image: 'missing' });
        await listImages({ client, conversation, target, abortSignal });
        return;
      default:
        conversation.findings.gaps.push(ecrGap('ecr:DescribeImages', image.repository, target, error));
    }
  }
}

/** What there is instead, with the time of each push: needs no pull secret that works. */
async function listImages(call: EcrCall): Promise<void> {
  const { findings, image } = call.conversation;
  if (image.tag === undefined) return;
  await eachPage(call, (details, isComplete) => {
    const tags = details.flatMap(toTags);
    findings.ecrTags = { nearest: nearestTags(image.tag ?? '', tags), count: tags.length, isComplete };
  });
}

/** How many images were pushed later, where a rule keeps so many of the newest ones that the pages tell. */
async function countNewer(call: EcrCall): Promise<void> {
  const { image, findings } = call.conversation;
  const { pushedAt, expiryRules: rules = [] } = findings.ecr ?? {};
  const counting = rules.filter(
    ({ after, which, tags }) =>
      after === 'count' &&
      (which === 'any' || (which === 'tagged' && tags.some((pattern) => matchesGlob(pattern, image.tag ?? '')))),
  );
  const [rule] = counting;
  if (rule === undefined || pushedAt === undefined) return;
  const isCounted = (tag: string) => rule.which === 'any' || rule.tags.some((pattern) => matchesGlob(pattern, tag));
  await eachPage(call, (details, isComplete) => {
    if (!isComplete) return;
    const newer = details.filter(
      ({ imageTags = [], imagePushedAt }) => (imagePushedAt?.getTime() ?? 0) > pushedAt && imageTags.some(isCounted),
    );
    learn(call.conversation, { newerImages: newer.length });
  });
}

/** The tagged images of the repository so far, page by page; what cannot be listed ends it. */
async function eachPage(
  { client, conversation, target, abortSignal }: EcrCall,
  onPage: (details: readonly ImageDetail[], isComplete: boolean) => void,
): Promise<void> {
  const details: ImageDetail[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const input = {
      ...repositoryOf(conversation, target),
      filter: { tagStatus: 'TAGGED' as const },
      maxResults: 1_000,
      ...(nextToken === undefined ? {} : { nextToken }),
    };
    const answer = await client.send(new DescribeImagesCommand(input), { abortSignal }).catch(() => undefined);
    if (answer === undefined) return;
    details.push(...(answer.imageDetails ?? []));
    nextToken = answer.nextToken;
    onPage(details, nextToken === undefined);
    if (nextToken === undefined) return;
  }
}

function toTags({ imageTags, imagePushedAt }: ImageDetail): readonly NearTag[] {
  return (imageTags ?? []).map((tag) => ({ tag, pushedAt: imagePushedAt?.getTime() }));
}

async function describeRepository({ client, conversation, target, abortSignal }: EcrCall): Promise<void> {
  const { repositoryName, registryId } = repositoryOf(conversation, target);
  try {
    const input = { registryId, repositoryNames: [repositoryName] };
    await client.send(new DescribeRepositoriesCommand(input), { abortSignal });
    learn(conversation, { repository: 'exists' });
  } catch (error) {
    if (errorName(error) === 'RepositoryNotFoundException') learn(conversation, { repository: 'missing' });
    else conversation.findings.gaps.push(ecrGap('ecr:DescribeRepositories', repositoryName, target, error));
  }
}

async function readPolicy({ client, conversation, target, abortSignal }: EcrCall): Promise<void> {
  const input = repositoryOf(conversation, target);
  try {
    const { policyText } = await client.send(new GetRepositoryPolicyCommand(input), { abortSignal });
    learn(conversation, { hasPolicy: true, pullPrincipals: pullPrincipals(policyText ?? '') });
  } catch (error) {
    const name = errorName(error);
    if (name === 'RepositoryPolicyNotFoundException') learn(conversation, { hasPolicy: false, pullPrincipals: [] });
    else if (name !== 'RepositoryNotFoundException') {
      conversation.findings.gaps.push(ecrGap('ecr:GetRepositoryPolicy', input.repositoryName, target, error));
    }
  }
}

async function readLifecycle({ client, conversation, target, abortSignal }: EcrCall): Promise<void> {
  const input = repositoryOf(conversation, target);
  try {
    const { lifecyclePolicyText } = await client.send(new GetLifecyclePolicyCommand(input), { abortSignal });
    const rules = expiryRules(lifecyclePolicyText ?? '');
    learn(conversation, { expiryRules: rules, lifecycleRules: rules?.map(({ words }) => words) });
  } catch (error) {
    const name = errorName(error);
    if (name === 'LifecyclePolicyNotFoundException') learn(conversation, { expiryRules: [], lifecycleRules: [] });
    else if (name !== 'RepositoryNotFoundException') {
      conversation.findings.gaps.push(ecrGap('ecr:GetLifecyclePolicy', input.repositoryName, target, error));
    }
  }
}

function repositoryOf({ image }: Conversation, { account }: EcrTarget) {
  return { registryId: account, repositoryName: image.repository };
}

function learn({ findings }: Conversation, facts: Partial<EcrAnswer>): void {
  findings.ecr = { ...UNKNOWN, ...findings.ecr, ...facts };
}
