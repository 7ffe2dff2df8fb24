import { describe, expect, it } from '@jest/globals';
import { HOST_FAMILIES } from '../../shared/registries/hosts/index.ts';
import { ecrLocation, isEcrHost, recogniseRegistry } from '../../shared/registries/recognise.ts';

describe('recogniseRegistry', () => {
  it.each([
    { host: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', region: 'eu-west-1' },
    { host: '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', region: 'us-gov-west-1' },
    { host: '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' },
    { host: '123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov', region: 'us-iso-east-1' },
    { host: '123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov', region: 'us-isob-east-1' },
    { host: '123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk', region: 'eu-isoe-west-1' },
    { host: '123456789012.dkr.ecr.us-isof-south-1.csp.hci.ic.gov', region: 'us-isof-south-1' },
    { host: '123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu', region: 'eusc-de-east-1' },
    { host: '123456789012.dkr-ecr.eu-west-1.on.aws', region: 'eu-west-1' },
    { host: '123456789012.dkr-ecr-fips.us-east-1.on.aws', region: 'us-east-1' },
    { host: '123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn', region: 'cn-north-1' },
    { host: '123456789012.DKR.ecr.ap-southeast-2.amazonaws.com', region: 'ap-southeast-2' },
  ])('reads account and region of $host', ({ host, region }) => {
    expect(ecrLocation(host)).toEqual({ account: '123456789012', region });
  });

  it.each([
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example',
    'evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    'x123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    '12345678901.dkr.ecr.eu-west-1.amazonaws.com',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.co',
    '123456789012.dkr.ecr.eu-west-1xamazonaws.com',
    '123456789012.dkr-ecr.eu-west-1.on.aws.evil.example',
    '123456789012.dkr.ecr.amazonaws.com',
    'public.ecr.aws',
    '<account>.dkr.ecr.eu-west-1.amazonaws.com',
  ])('takes no token to %s', (host) => {
    expect(isEcrHost(host)).toBe(false);
  });

  it.each([
    { host: 'docker.io', family: 'docker-hub' },
    { host: 'registry-1.docker.io', family: 'docker-hub' },
    { host: 'index.docker.io', family: 'docker-hub' },
    { host: 'ghcr.io', family: 'ghcr' },
    { host: 'ghcr.io.evil.example', family: 'other' },
    { host: 'quay.io', family: 'quay' },
    { host: 'eu.gcr.io', family: 'google' },
    { host: 'europe-west1-docker.pkg.dev', family: 'google' },
    { host: 'mirror.gcr.io', family: 'google-mirror' },
    { host: 'k8s.gcr.io', family: 'kubernetes' },
    { host: 'registry.k8s.io', family: 'kubernetes' },
    { host: 'acme.azurecr.io', family: 'azure' },
    { host: 'notazurecr.io', family: 'other' },
    { host: 'registry.gitlab.com', family: 'gitlab' },
    { host: 'mcr.microsoft.com', family: 'mcr' },
    { host: 'public.ecr.aws', family: 'ecr-public' },
    { host: 'nvcr.io', family: 'nvidia' },
    { host: 'registry.redhat.io', family: 'redhat' },
    { host: '<account>.dkr.ecr.eu-west-1.amazonaws.com', family: 'ecr' },
    { host: 'registry.example.com:5000', family: 'other' },
    { host: '', family: 'other' },
  ])('$host is $family', ({ host, family }) => {
    expect(recogniseRegistry(host)).toMatchObject({ host, family });
  });

  it('never takes one host for two families', () => {
    const hosts = [
      'docker.io',
      'ghcr.io',
      'k8s.gcr.io',
      'mirror.gcr.io',
      'gcr.io',
      'acme.azurecr.io',
      'public.ecr.aws',
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    ];
    const matches = hosts.map((host) => HOST_FAMILIES.filter((family) => family.match(host) !== undefined).length);
    expect(matches).toEqual(hosts.map(() => 1));
  });
});
