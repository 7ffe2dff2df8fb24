import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expiryRules, pullPrincipals } from '../../../shared/adapters/registry/ecr-policy.ts';

const allow = (statement: object) => JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', ...statement }] });

describe('pullPrincipals', () => {
  it.each([
    { action: 'ecr:BatchGetImage', pulls: true },
    { action: 'ECR:batchgetimage', pulls: true },
    { action: '*', pulls: true },
    { action: 'ecr:*', pulls: true },
    { action: 'ecr:Batch*Image', pulls: true },
    { action: 'ecr:*Get*', pulls: true },
    { action: ['ecr:PutImage', 'ecr:BatchGetImage'], pulls: true },
    { action: 'ecr:BatchGetImages', pulls: false },
    { action: 'ecr:BatchGetImage*Image', pulls: false },
    { action: 'ecr:Put*', pulls: false },
    { action: 's3:*', pulls: false },
    { action: 'ecr:Get*', pulls: false },
    { action: [], pulls: false },
    { action: undefined, pulls: false },
  ])('$action lets pull: $pulls', ({ action, pulls }) => {
    expect(pullPrincipals(allow({ Action: action }))).toEqual(pulls ? ['*'] : []);
  });

  it('says each principal once, a service as such, and who is left out', () => {
    const statements = [
      { Effect: 'Allow', Action: 'ecr:*', Principal: { AWS: '111111111111', Service: ['lambda.amazonaws.com'] } },
      { Effect: 'Allow', Action: 'ecr:*', Principal: { AWS: ['111111111111'] } },
      { Effect: 'Allow', Action: 'ecr:*', NotPrincipal: { AWS: '222222222222' } },
    ];
    expect(pullPrincipals(JSON.stringify({ Statement: statements }))).toEqual([
      '111111111111',
      'lambda.amazonaws.com',
      'everyone but 222222222222',
    ]);
  });

  it('knows nothing of a text that is no policy, and takes any', () => {
    expect(pullPrincipals('nonsense')).toBeUndefined();
    expect(expiryRules('[]')).toBeUndefined();
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        pullPrincipals(JSON.stringify(value));
        expiryRules(JSON.stringify({ rules: value }));
      }),
    );
  });
});

describe('expiryRules', () => {
  it.each([
    {
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 14 },
      rule: 'expires untagged after 14 days',
    },
    { selection: { tagStatus: 'any', countType: 'sinceImagePushed', countNumber: 1 }, rule: 'expires any after 1 day' },
    {
      selection: { tagStatus: 'any', countType: 'sinceImagePulled', countNumber: 90 },
      rule: 'expires any not pulled for 90 days',
    },
    {
      selection: {
        tagStatus: 'tagged',
        tagPatternList: ['prod-*', 'v*'],
        countType: 'imageCountMoreThan',
        countNumber: 100,
      },
      rule: 'expires tagged prod-*, v* beyond the newest 100',
    },
    { selection: { tagStatus: 'any', countType: 'somethingNew', countNumber: 1 }, rule: undefined },
    { selection: {}, rule: undefined },
  ])('$rule', ({ selection, rule }) => {
    const text = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] });
    expect(expiryRules(text)?.map(({ words }) => words)).toEqual(rule === undefined ? [] : [rule]);
  });
});
