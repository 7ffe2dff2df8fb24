import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSignedSources } from '../../../shared/adapters/credentials/signed-sources.ts';
import { describeWithMoto, type Moto, startMoto } from '../../support/moto.ts';

const KEYS = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret-key', sessionToken: 'session' };

interface Request {
  readonly url: string;
  readonly init: RequestInit;
}

/** Sources whose requests are kept and answered as told. */
function sourcesThatGet(answer: unknown, init: ResponseInit = {}) {
  const requests: Request[] = [];
  const sources = createSignedSources({
    region: 'eu-west-1',
    keys: async () => KEYS,
    fetch: async (url, request) => {
      requests.push({ url, init: request });
      return Response.json(answer, init);
    },
  });
  return { requests, ...sources };
}

describe('createSignedSources', () => {
  it('asks for a parameter, decrypted, signed for the service and region', async () => {
    const { ssm, requests } = sourcesThatGet({ Parameter: { Value: 'token' } });
    expect(await ssm('/pullmedic/token')).toBe('token');
    const headers = requests[0]?.init.headers as Record<string, string>;
    expect(requests[0]?.url).toBe('https://ssm.eu-west-1.amazonaws.com/');
    expect(requests[0]?.init.body).toBe('{"Name":"/pullmedic/token","WithDecryption":true}');
    expect(headers['x-amz-target']).toBe('AmazonSSM.GetParameter');
    expect(headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIATEST\/\d{8}\/eu-west-1\/ssm\/aws4_request, /,
    );
    expect(headers['x-amz-security-token']).toBe('session');
  });

  it.each([
    { reference: 'pullmedic/alerts#token', answer: { SecretString: '{"token":"t"}' }, value: 't' },
    { reference: 'pullmedic/alerts', answer: { SecretString: 'whole' }, value: 'whole' },
    {
      reference: 'pullmedic/alerts',
      answer: { SecretBinary: Buffer.from('bytes').toString('base64') },
      value: 'bytes',
    },
    { reference: 'pullmedic/alerts#other', answer: { SecretString: '{"token":"t"}' }, value: undefined },
    { reference: 'pullmedic/alerts#__proto__', answer: { SecretString: '{}' }, value: undefined },
  ])('reads $reference from $answer', async ({ reference, answer, value }) => {
    const { secretsManager, requests } = sourcesThatGet(answer);
    expect(await secretsManager(reference)).toBe(value);
    expect(requests[0]?.init.body).toBe('{"SecretId":"pullmedic/alerts"}');
  });

  it('says undefined for what does not exist', async () => {
    const missing = (type: string) => sourcesThatGet({ __type: type }, { status: 400 });
    expect(await missing('com.amazonaws.ssm#ParameterNotFound').ssm('a')).toBeUndefined();
    expect(await missing('ResourceNotFoundException').secretsManager('a#b')).toBeUndefined();
  });

  it.each([
    { answer: { __type: 'ThrottlingException', message: 'x' }, status: 400, name: 'ThrottlingException' },
    { answer: { __type: 'com.amazon#AccessDeniedException' }, status: 400, name: 'AccessDeniedException' },
    { answer: {}, status: 503, name: 'Error' },
  ])('throws $name, as AWS names it', async ({ answer, status, name }) => {
    await expect(sourcesThatGet(answer, { status }).ssm('a')).rejects.toMatchObject({ name });
  });

  it("keeps to a partition's own domain", async () => {
    const urls: string[] = [];
    const { ssm } = createSignedSources({
      region: 'cn-north-1',
      keys: async () => KEYS,
      fetch: async (url) => {
        urls.push(url);
        return Response.json({ Parameter: { Value: 'v' } });
      },
    });
    await ssm('a');
    expect(urls).toEqual(['https://ssm.cn-north-1.amazonaws.com.cn/']);
  });
});

describeWithMoto('createSignedSources against moto', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto.stop());

  it('reads what the SDK wrote', async () => {
    const ssmClient = new SSMClient(moto.clientConfig);
    await ssmClient.send(new PutParameterCommand({ Name: '/pullmedic/a', Value: 'parameter', Type: 'SecureString' }));
    const secretsClient = new SecretsManagerClient(moto.clientConfig);
    await secretsClient.send(new CreateSecretCommand({ Name: 'pullmedic/b', SecretString: '{"key":"secret"}' }));
    ssmClient.destroy();
    secretsClient.destroy();

    const { ssm, secretsManager } = createSignedSources({
      region: moto.clientConfig.region,
      keys: async () => moto.clientConfig.credentials,
      fetch,
      endpoint: moto.endpoint,
    });
    expect(await ssm('/pullmedic/a')).toBe('parameter');
    expect(await ssm('/pullmedic/none')).toBeUndefined();
    expect(await secretsManager('pullmedic/b#key')).toBe('secret');
    expect(await secretsManager('pullmedic/none#key')).toBeUndefined();
  });
});
