import { describe, expect, it } from '@jest/globals';
import { ecrClientSettings } from '../../../shared/adapters/ecr/client-settings.ts';
import { tokenKey, tokenRequestFor } from '../../../shared/domain/refresh/token-request.ts';
import { refreshTarget } from '../../support/refresh-builders.ts';

const requestsOf = (target: ReturnType<typeof refreshTarget>) =>
  target.registries.map((registry) => tokenRequestFor(target, registry));

describe('token requests', () => {
  it('are one for all accounts of a target in a region, and one for each region', () => {
    const target = refreshTarget({
      registries: [
        '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
        '210987654321.dkr.ecr.eu-west-1.amazonaws.com',
        '123456789012.dkr.ecr.us-east-1.amazonaws.com',
      ],
      repositories: ['shop/*'],
    });
    expect(new Set(requestsOf(target).map(tokenKey)).size).toBe(2);
    const [first] = requestsOf(target);
    expect(JSON.parse(first?.sessionPolicy ?? '').Statement[1].Resource).toEqual([
      'arn:aws:ecr:eu-west-1:123456789012:repository/shop/*',
      'arn:aws:ecr:eu-west-1:210987654321:repository/shop/*',
    ]);
  });

  it.each([
    { host: '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', arn: 'arn:aws-cn:ecr:cn-north-1' },
    { host: '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com', arn: 'arn:aws-us-gov:ecr:us-gov-west-1' },
    { host: '123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu', arn: 'arn:aws-eusc:ecr:eusc-de-east-1' },
  ])('name the partition of $host', ({ host, arn }) => {
    const [request] = requestsOf(refreshTarget({ registries: [host], repositories: ['a'] }));
    expect(request?.sessionPolicy).toContain(`${arn}:123456789012:repository/a`);
  });

  it.each([
    { host: '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', isFips: true, isDualStack: false },
    { host: '123456789012.dkr-ecr.eu-west-1.on.aws', isFips: false, isDualStack: true },
    { host: '123456789012.dkr-ecr-fips.us-east-1.on.aws', isFips: true, isDualStack: true },
  ])('go to the endpoints that $host demands', ({ host, isFips, isDualStack }) => {
    const [request] = requestsOf(refreshTarget({ registries: [host] }));
    if (request === undefined) throw new Error('no request');
    expect(ecrClientSettings('registry', request, undefined)).toMatchObject({
      useFipsEndpoint: isFips,
      useDualstackEndpoint: isDualStack,
    });
    expect(ecrClientSettings('sts', request, undefined)).toMatchObject({
      useFipsEndpoint: isFips,
      useDualstackEndpoint: false,
    });
  });
});
