import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Cluster } from '../../infra/local/kubernetes/cluster.ts';
import { createClosers } from '../../infra/local/stack/closers.ts';
import { type Moto, startMoto } from '../support/moto-server.ts';
import { type AwsProxy, type Caller, startAwsProxy } from './aws-proxy.ts';
import { attributesOf, clientSettings, createResources } from './deploy.ts';
import { mappingsOf, startPolling } from './event-sources.ts';
import { type Grant, grantsOf } from './grants.ts';
import { startHttpFront } from './http-front.ts';
import { type LambdaProcess, startLambda } from './lambda-process.ts';
import { type Packaged, packageFunctions } from './packaged.ts';
import { evaluate, type FunctionOf, functionsOf, resourcesOf } from './template.ts';
import { configText, secretsOf, startWorld, type World } from './world.ts';

/** What `npm run package` wrote, running as Lambda would run it, with moto as AWS. */
export interface PackagedStack {
  readonly packaged: Packaged;
  readonly world: World;
  readonly moto: Moto;
  readonly proxy: AwsProxy;
  readonly functions: readonly FunctionOf[];
  readonly tableName: string;
  /** The HTTP API. */
  readonly url: string;
  lambda(name: string): LambdaProcess;
  grants(name: string): readonly Grant[];
  /** What a schedule of that function sends it. */
  fire(name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startPackagedStack(): Promise<PackagedStack> {
  const closers = createClosers();
  try {
    return await start(closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function start(closers: ReturnType<typeof createClosers>): Promise<PackagedStack> {
  const packaged = packageFunctions();
  closers.add(packaged.remove);
  const { template } = packaged;
  const functions = functionsOf(template);
  const moto = await startMoto();
  closers.add(() => moto.stop());
  const world = await startWorld();
  closers.add(() => world.stop());

  const callers = new Map<string, Caller>();
  const proxy = await startAwsProxy({
    moto: moto.endpoint,
    callers,
    answer({ headers }, { action, resource }) {
      // moto's token says that it expired in 2015, and its clusters are nowhere.
      if (action === 'ecr:GetAuthorizationToken') return { url: world.ecr.endpoint, headers };
      if (action === 'eks:DescribeCluster')
        return describedCluster(resource.endsWith('/dev') ? world.dev : world.cluster);
      return undefined;
    },
  });
  closers.add(() => proxy.stop());
  const attributes = attributesOf(template, proxy.url);
  const grants = new Map(functions.map((of) => [of.name, grantsOf(of, template, attributes)]));
  for (const { name } of functions) callers.set(keyOf(name), { name, grants: grants.get(name) });

  await createResources(template, attributes, moto);
  await storeConfiguration(moto, world);

  const lambdas = new Map<string, LambdaProcess>();
  for (const of of functions) {
    const lambda = await startLambda({
      of,
      folder: packaged.taskFolder(of.name),
      environment: evaluate(of.environment, template, attributes) as Readonly<Record<string, string>>,
      accessKeyId: keyOf(of.name),
      awsUrl: proxy.url,
    });
    closers.add(() => lambda.stop());
    lambdas.set(of.logicalId, lambda);
  }
  const lambda = (name: string): LambdaProcess => {
    const of = functions.find((one) => one.name === name);
    const found = of && lambdas.get(of.logicalId);
    if (found === undefined) throw new Error(`no function ${name}`);
    return found;
  };
  for (const mapping of mappingsOf(template, attributes)) {
    const of = functions.find(({ logicalId }) => logicalId === mapping.functionId);
    if (of === undefined) throw new Error(`${mapping.functionId}: no function`);
    closers.add(
      startPolling(mapping, {
        lambda: lambda(of.name),
        accessKeyId: keyOf(of.name),
        awsUrl: proxy.url,
        ownSettings: clientSettings(moto),
      }),
    );
  }
  const front = await startHttpFront(template, lambdas);
  closers.add(() => front.close());

  return {
    packaged,
    world,
    moto,
    proxy,
    functions,
    tableName: String(attributes.ref('Table')),
    url: front.url,
    lambda,
    grants: (name) => grants.get(name) ?? [],
    async fire(name) {
      const of = functions.find((one) => one.name === name);
      const isScheduled = resourcesOf(template, 'AWS::Events::Rule').some(({ Properties }) =>
        JSON.stringify(Properties['Targets']).includes(`"${of?.logicalId}"`),
      );
      if (!isScheduled) throw new Error(`${name} has no schedule`);
      await lambda(name).invoke({ version: '0', 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} });
    },
    stop: () => closers.close(),
  };
}

/** Access keys of the functions' roles, as STS gives them to instances. */
function keyOf(name: string): string {
  return `ASIAOF${name.replaceAll('-', '').toUpperCase()}`;
}

function describedCluster({ server }: Cluster): object {
  const data = Buffer.from('no certificate: the embedded cluster speaks plain HTTP').toString('base64');
  return { cluster: { status: 'ACTIVE', endpoint: server, certificateAuthority: { data } } };
}

async function storeConfiguration(moto: Moto, world: World): Promise<void> {
  const ssm = new SSMClient(clientSettings(moto));
  const parameter = { Name: '/pullmedic/config', Value: configText(world), Type: 'SecureString' as const };
  await ssm.send(new PutParameterCommand(parameter));
  ssm.destroy();
  const secrets = new SecretsManagerClient(clientSettings(moto));
  for (const [Name, SecretString] of Object.entries(secretsOf(world))) {
    await secrets.send(new CreateSecretCommand({ Name, SecretString }));
  }
  secrets.destroy();
}
