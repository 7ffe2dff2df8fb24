import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mappingsOf, startPolling } from '../package/event-sources.ts';
import { startHttpFront } from '../package/http-front.ts';
import { type LambdaProcess, startLambda } from '../package/lambda-process.ts';
import { type Attributes, evaluate, functionsOf, readTemplate, type Template } from '../package/template.ts';
import { unzip } from '../package/unzip.ts';
import { until } from '../real/processes.ts';
import { postAlert } from './cluster-rung.ts';
import type { Walker, World } from './walker.ts';
import { CHANNEL } from './world.ts';

const STACK = 'pullmedic-prod';
/** Of whoever installs; moto asks nobody for more. */
const ACCESS_KEY = 'AKIAWALK000000000000';

/** What a reader of docs/refresh.md writes. */
const TARGET = `
targets:
  - name: shop
    namespaces: [shop]
    secretNames: [ecr-creds]
    registries: [123456789012.dkr.ecr.eu-west-1.amazonaws.com]
    roleArn: arn:aws:iam::123456789012:role/pullmedic-pull
`;

/** Rung 3: packaged, deployed by osls to moto, its functions started as Lambda would; an alert becomes a message. */
export async function awsRung(walker: Walker, world: World): Promise<void> {
  const { folder, slack, kubectl } = world;
  const before = slack.changes(CHANNEL).length;
  walker.excuse('npm ci', '.ci/run did it, from the same lockfile');
  await walker.run('overlays/external', /secret:pullmedic\/clusters\/prod-eu/, /secret:pullmedic\/slack/);
  await walker.run('cat > pullmedic.yaml');
  appendFileSync(join(folder, 'pullmedic.yaml'), `  apiUrl: ${slack.slack.apiUrl}\n`);
  await walker.run('aws ssm put-parameter', /prod-eu as triage: permissions: may do all that it must/);
  // moto keeps the outputs of a stack's first template, osls fills the stack by a second one: what the last command would
  // print is read from the template.
  await walker.run('npm run package', /Service deployed to stack pullmedic-prod/);

  const { url: alertsUrl, lambdas } = await startFunctions(world);
  const { SecretString: token } = await aws<{ readonly SecretString: string }>(
    world,
    ...['secretsmanager', 'get-secret-value', '--secret-id', 'pullmedic/alerts'],
  );
  await postAlert(`${alertsUrl}/alerts/prod-eu`, token, kubectl);
  const post = await until('a message from Lambda', 60, () => slack.changes(CHANNEL)[before]);
  if (!/prod-eu shop\/checkout.*tag no-such-tag/.test(post.text)) {
    process.stdout.write(lambdas.map(({ lines }) => lines.slice(-10).join('\n')).join('\n\n'));
    throw new Error(`Slack heard: ${post.text}`);
  }
  process.stdout.write(`\n  Slack: ${post.text}\n`);
  appendFileSync(join(folder, 'pullmedic.yaml'), TARGET);
  await walker.run('npx pullmedic refresh --dry-run', /shop\/ecr-creds.*there is no such secret/s);
}

/** From what AWS holds after the deployment, which takes the local folder away. */
async function startFunctions(
  world: World,
): Promise<{ readonly url: string; readonly lambdas: readonly LambdaProcess[] }> {
  await takeOverQueues(world);
  const physical = await physicalIds(world);
  const deployed = await download(world, physical.get('ServerlessDeploymentBucket') ?? '');
  const template = readTemplate(readFileSync(join(deployed, 'compiled-cloudformation-template.json'), 'utf8'));
  for (const name of ['AlertsUrl', 'SlackUrl']) {
    if (!(name in template.Outputs)) throw new Error(`the template has no output ${name}, of which the README speaks`);
  }
  const attributes = deployedAttributes(world, template, physical);
  const lambdas = new Map<string, LambdaProcess>();
  for (const of of functionsOf(template)) {
    const task = join(world.folder, '.task', of.name);
    mkdirSync(task, { recursive: true });
    unzip(readFileSync(join(deployed, `${of.name}.zip`)), task);
    const lambda = await startLambda({
      of,
      folder: task,
      environment: evaluate(of.environment, template, attributes) as Readonly<Record<string, string>>,
      accessKeyId: ACCESS_KEY,
      awsUrl: world.awsUrl,
    });
    world.onClose(() => lambda.stop());
    lambdas.set(of.logicalId, lambda);
  }
  for (const mapping of mappingsOf(template, attributes)) {
    const lambda = lambdas.get(mapping.functionId);
    if (lambda === undefined) throw new Error(`${mapping.functionId}: no function`);
    world.onClose(
      startPolling(mapping, {
        lambda,
        accessKeyId: ACCESS_KEY,
        awsUrl: world.awsUrl,
        ownSettings: world.awsSettings,
      }),
    );
  }
  const front = await startHttpFront(template, lambdas);
  world.onClose(() => front.close());
  return { url: front.url, lambdas: [...lambdas.values()] };
}

/** moto would invoke the functions itself, in containers, and has no engine here: what comes would be a dead letter. */
async function takeOverQueues(world: World): Promise<void> {
  const { EventSourceMappings } = await aws<{ readonly EventSourceMappings: readonly { readonly UUID: string }[] }>(
    world,
    ...['lambda', 'list-event-source-mappings'],
  );
  await Promise.all(
    EventSourceMappings.map(({ UUID }) =>
      run(world, ['lambda', 'update-event-source-mapping', '--no-enabled', '--uuid', UUID]),
    ),
  );
}

/** What the resources of the deployed stack are called. */
async function physicalIds(world: World): Promise<ReadonlyMap<string, string>> {
  const { StackResources } = await aws<{
    readonly StackResources: readonly { readonly LogicalResourceId: string; readonly PhysicalResourceId: string }[];
  }>(world, 'cloudformation', 'describe-stack-resources', '--stack-name', STACK);
  return new Map(StackResources.map((one) => [one.LogicalResourceId, one.PhysicalResourceId]));
}

/** @returns the folder with the template and the zips of the one deployment */
async function download(world: World, bucket: string): Promise<string> {
  const target = join(world.folder, '.deployed');
  await run(world, ['s3', 'cp', '--quiet', '--recursive', `s3://${bucket}/serverless/pullmedic/prod`, target]);
  const [deployment, ...others] = readdirSync(target);
  if (deployment === undefined || others.length > 0) throw new Error(`${others.length + 1} deployments in ${bucket}`);
  return join(target, deployment);
}

/** As the environment of a function would name them. */
function deployedAttributes(world: World, template: Template, physical: ReadonlyMap<string, string>): Attributes {
  const isQueue = (id: string) => template.Resources[id]?.Type === 'AWS::SQS::Queue';
  // A queue's physical id is its URL, by a host that is not on this machine.
  const path = (id: string) => (physical.get(id) ?? '').replace(/^https?:\/\/[^/]+\//, '');
  return {
    ref: (id) => (isQueue(id) ? `${world.awsUrl}/${path(id)}` : physical.get(id)),
    attribute: (id, name) =>
      isQueue(id) && name === 'Arn'
        ? `arn:aws:sqs:${world.env['AWS_REGION']}:${path(id).replace('/', ':')}`
        : undefined,
  };
}

/** Not synchronous: what answers it lives in this process. */
async function aws<T>(world: World, ...args: readonly string[]): Promise<T> {
  return JSON.parse(await run(world, [...args, '--output', 'json'])) as T;
}

async function run({ env, folder }: World, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('aws', args, { env, cwd: folder, timeout: 60_000 });
  return stdout;
}
