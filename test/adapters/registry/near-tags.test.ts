import { describe, expect, it } from '@jest/globals';
import { nearestTags } from '../../../shared/adapters/registry/near-tags.ts';

const near = (wanted: string, tags: readonly string[]) =>
  nearestTags(
    wanted,
    tags.map((tag) => ({ tag, pushedAt: undefined })),
  ).map(({ tag }) => tag);

describe('nearestTags', () => {
  it.each([
    { wanted: '1.28', tags: ['2.28', '1.18', '1.27', '1.29', '0.1'], nearest: ['1.29', '1.27', '1.18', '2.28'] },
    { wanted: 'v1.27.0', tags: ['1.27.0', '1.27', '1.26.9'], nearest: ['1.27.0', '1.27', '1.26.9'] },
    { wanted: '1.27', tags: ['v1.27', '1.27-alpine', '1.27.3'], nearest: ['v1.27', '1.27.3', '1.27-alpine'] },
    {
      wanted: '1.27-alpin',
      tags: ['1.27', '1.27-alpine', '1.26-alpine'],
      nearest: ['1.27-alpine', '1.27', '1.26-alpine'],
    },
    { wanted: 'lastest', tags: ['latest', 'main', 'edge'], nearest: ['latest'] },
    { wanted: 'latest', tags: ['1.0', 'main', 'v2'], nearest: [] },
    { wanted: 'Release_7', tags: ['release-7', 'release-8'], nearest: ['release-7', 'release-8'] },
    { wanted: 'build-1041', tags: ['build-1040', 'build-1042', 'unrelated'], nearest: ['build-1042', 'build-1040'] },
    { wanted: 'a1b2c3d', tags: ['f00ba47', 'a1b2c4d', '9999999'], nearest: ['a1b2c4d'] },
    { wanted: '3', tags: ['900', '4'], nearest: ['4'] },
    { wanted: 'x', tags: [], nearest: [] },
  ])('offers $nearest for $wanted', ({ wanted, tags, nearest }) => {
    expect(near(wanted, tags)).toEqual(nearest);
  });

  it('offers five at most, and no signatures', () => {
    const tags = Array.from({ length: 20 }, (_, n) => `1.${n}`);
    expect(near('1.7.1', [...tags, `sha256-${'a'.repeat(64)}.sig`])).toHaveLength(5);
    expect(near(`sha256-${'a'.repeat(63)}b`, [`sha256-${'a'.repeat(64)}.sig`, `sha256-${'a'.repeat(64)}`])).toEqual([]);
  });

  it('puts the newest first among those that are equally near', () => {
    const tags = [
      { tag: '1.26', pushedAt: 5 },
      { tag: '1.28', pushedAt: 3 },
    ];
    expect(nearestTags('1.27', tags)).toEqual(tags);
  });

  it('takes thousands of long tags in no time', () => {
    const tags = Array.from({ length: 5_000 }, (_, n) => `${'long'.repeat(28)}${n}`);
    const startedAt = performance.now();
    expect(near(`${'long'.repeat(28)}1x`, tags)).toHaveLength(5);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
