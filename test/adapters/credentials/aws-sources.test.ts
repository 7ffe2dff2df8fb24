import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAdjustableClock } from '../../../shared/adapters/clock.ts';
import { createCredentials } from '../../../shared/adapters/credentials/create-credentials.ts';
import { createSecretsManagerSource } from '../../../shared/adapters/credentials/secrets-manager-source.ts';
import { createSsmSource } from '../../../shared/adapters/credentials/ssm-source.ts';
import { awsError, startCannedAws } from '../../support/canned-aws.ts';
import { describeWithMoto, type Moto, startMoto } from '../../support/moto.ts';

const clock = createAdjustableClock({ startAt: 0 });

describeWithMoto('credentials kept by AWS', () => {
  let moto: Moto;
  let ssm: SSMClient;
  let secretsManager: SecretsManagerClient;

  beforeAll(async () => {
    moto = await startMoto();
    ssm = new SSMClient(moto.clientConfig);
    secretsManager = new SecretsManagerClient(moto.clientConfig);
    await ssm.send(new PutParameterCommand({ Name: '/pullmedic/token', Value: 'from-ssm', Type: 'SecureString' }));
    const create = (Name: string, SecretString: string) =>
      secretsManager.send(new CreateSecretCommand({ Name, SecretString }));
    await create('slack', JSON.stringify({ botToken: 'from-sm', port: 1, 'with#hash': 'x', __proto: 'y' }));
    await create('plain', 'the whole text');
    const SecretBinary = Buffer.from('binary text');
    await secretsManager.send(new CreateSecretCommand({ Name: 'binary', SecretBinary }));
  });
  afterAll(async () => {
    ssm.destroy();
    secretsManager.destroy();
    await moto.stop();
  });

  function open() {
    return createCredentials({
      clock,
      env: {},
      ssm: createSsmSource(() => ssm),
      secretsManager: createSecretsManagerSource(() => secretsManager),
    });
  }

  it.each([
    { reference: 'ssm:/pullmedic/token', value: 'from-ssm' },
    { reference: 'aws-sm:plain', value: 'the whole text' },
    { reference: 'aws-sm:binary', value: 'binary text' },
    { reference: 'aws-sm:slack#botToken', value: 'from-sm' },
    { reference: 'aws-sm:slack#with#hash', value: 'x' },
  ])('are read: $reference', async ({ reference, value }) => {
    expect((await open().read(reference)).reveal()).toBe(value);
  });

  it.each([
    { reference: 'ssm:/pullmedic/none', says: /does not exist$/ },
    { reference: 'aws-sm:none', says: /does not exist$/ },
    { reference: 'aws-sm:none#key', says: /does not exist$/ },
    { reference: 'aws-sm:slack#nothing', says: /does not exist$/ },
    { reference: 'aws-sm:slack#toString', says: /does not exist$/ },
    { reference: 'aws-sm:slack#port', says: /not a text$/ },
    { reference: 'aws-sm:plain#key', says: /the secret is not JSON$/ },
  ])('are refused: $reference', async ({ reference, says }) => {
    const reading = open().read(reference);
    await expect(reading).rejects.toMatchObject({ code: 'credential', retry: 'give-up' });
    await expect(reading).rejects.toThrow(reference);
    await expect(reading).rejects.toThrow(says);
    await expect(reading).rejects.not.toThrow(/the whole text/);
  });
});

describe('credentials that AWS does not give now', () => {
  it.each([
    { what: 'throttling', answer: awsError(400, 'ThrottlingException') },
    { what: 'a 500', answer: awsError(500, 'InternalServerError') },
    { what: 'a missing permission', answer: awsError(400, 'AccessDeniedException') },
  ])('may be there later: $what', async ({ answer }) => {
    const aws = await startCannedAws([answer]);
    const ssm = new SSMClient({ ...aws.clientConfig, maxAttempts: 1 });
    const secretsManager = new SecretsManagerClient({ ...aws.clientConfig, maxAttempts: 1 });
    const credentials = createCredentials({
      clock,
      env: {},
      ssm: createSsmSource(() => ssm),
      secretsManager: createSecretsManagerSource(() => secretsManager),
    });
    const later = { code: 'credential', retry: 'retry' };
    await expect(credentials.read('ssm:N')).rejects.toMatchObject(later);
    await expect(credentials.read('aws-sm:N#k')).rejects.toMatchObject(later);
    ssm.destroy();
    secretsManager.destroy();
    await aws.stop();
  });

  it('need no client until the first is read', async () => {
    let built = 0;
    const source = createSsmSource(() => {
      built += 1;
      return new SSMClient({ endpoint: 'http://127.0.0.1:1', region: 'eu-central-1', maxAttempts: 1 });
    });
    expect(built).toBe(0);
    await expect(source('a')).rejects.toThrow();
    await expect(source('b')).rejects.toThrow();
    expect(built).toBe(1);
  });
});
