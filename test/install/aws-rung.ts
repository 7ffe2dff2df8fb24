import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** Rung 3: packaged, deployed by osls to moto, its functions started as Lambda would; an alert becomes a message. */
export async function awsRung(walker: Walker, world: World): Promise<void> {
  const { folder, slack, kubectl } = world;
  const before = slack.changes(CHANNEL).length;
  walker.excuse('npm ci', '.ci/run did it, from the same lockfile');
  await walker.run('overlays/external', /secret:pullmedic\/clusters\/prod-eu/, /secret:pullmedic\/slack/);
  await walker.run('cat > pullmedic.yaml');
  appendFileSync(join(folder, 'pullmedic.yaml'), `  apiUrl: ${slack.slack.apiUrl}\n`);
  await walker.run('aws ssm put-parameter', /cluster prod-eu/i);
  await walker.run('npm run package', /Service deployed to stack pullmedic-prod/, /AlertsUrl/, /SlackUrl/);

  const alertsUrl = await startFunctions(world);
  const { SecretString: token } = aws<{ readonly SecretString: string }>(
    world,
    ...['secretsmanager', 'get-secret-value', '--secret-id', 'pullmedic/alerts'],
  );
  await postAlert(`${alertsUrl}/alerts/prod-eu`, token, kubectl);
  const post = await until('a message from Lambda', 60, () => slack.changes(CHANNEL)[before]);
  if (!/prod-eu shop\/checkout.*tag no-such-tag/.test(post.text)) throw new Error(`Slack heard: ${post.text}`);
  process.stdout.write(`\n  Slack: ${post.text}\n`);
  await walker.run('npx pullmedic refresh --dry-run', /target/);
}

/** @returns where the HTTP API is */
async function startFunctions(world: World): Promise<string> {
  const package_ = join(world.folder, '.serverless');
  const template = readTemplate(readFileSync(join(package_, 'cloudformation-template-update-stack.json'), 'utf8'));
  const attributes = deployedAttributes(world, template);
  const lambdas = new Map<string, LambdaProcess>();
  for (const of of functionsOf(template)) {
    const task = join(world.folder, '.task', of.name);
    mkdirSync(task, { recursive: true });
    unzip(readFileSync(join(package_, `${of.name}.zip`)), task);
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
  return front.url;
}

/** What the deployed stack's resources are called: asked of AWS, as a function's environment would have them. */
function deployedAttributes(world: World, template: Template): Attributes {
  const { StackResources } = aws<{
    readonly StackResources: readonly { readonly LogicalResourceId: string; readonly PhysicalResourceId: string }[];
  }>(world, 'cloudformation', 'describe-stack-resources', '--stack-name', STACK);
  const physical = new Map(StackResources.map((one) => [one.LogicalResourceId, one.PhysicalResourceId]));
  const isQueue = (id: string) => template.Resources[id]?.Type === 'AWS::SQS::Queue';
  const named = (id: string) =>
    physical
      .get(id)
      ?.replace(/^https?:\/\/[^/]+\//, '')
      .split('/') ?? [];
  return {
    ref: (id) => (isQueue(id) ? `${world.awsUrl}/${named(id).join('/')}` : physical.get(id)),
    attribute: (id, name) =>
      isQueue(id) && name === 'Arn' ? `arn:aws:sqs:${world.env['AWS_REGION']}:${named(id).join(':')}` : undefined,
  };
}

function aws<T>({ env, folder }: World, ...args: readonly string[]): T {
  return JSON.parse(execFileSync('aws', [...args, '--output', 'json'], { env, cwd: folder, encoding: 'utf8' })) as T;
}
