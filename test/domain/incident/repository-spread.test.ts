import { describe, expect, it } from '@jest/globals';
import {
  failingRepository,
  gatherUnder,
  noteSpread,
  type RepositorySpread,
} from '../../../shared/domain/incident/repository-spread.ts';
import { sampleMember, secretExpired } from '../../support/sample-incident.ts';

const MINUTE = 60_000;
const NOWHERE: RepositorySpread = { places: [], isOneMessage: false };

function tagMissing(
  image: string,
  change: { readonly causeId?: string; readonly title?: string; readonly subject?: string } = {},
) {
  const finding = {
    ...secretExpired(),
    causeId: 'tag-not-found',
    family: 'image-reference',
    subject: image,
    ...change,
  };
  return sampleMember({ image, findings: [finding] });
}

function spreadOver(places: readonly (readonly [string, string, number?])[]): RepositorySpread {
  return places.reduce<RepositorySpread>(
    (spread, [namespace, reference, at = 0]) =>
      noteSpread(spread, { namespace, references: [reference], at: at * MINUTE }, 1) ?? spread,
    NOWHERE,
  );
}

describe('a repository is one message', () => {
  it.each([
    { namespaces: 4, tags: 4, is: false },
    { namespaces: 5, tags: 5, is: true },
    { namespaces: 5, tags: 2, is: true },
    { namespaces: 5, tags: 1, is: false },
    { namespaces: 20, tags: 1, is: false },
  ])('where $tags tags fail in $namespaces namespaces: $is', ({ namespaces, tags, is }) => {
    const places = Array.from({ length: namespaces }, (_, n) => [`team-${n}`, `r:${n % tags}`] as const);
    expect(spreadOver(places).isOneMessage).toBe(is);
  });

  it('not where one namespace has many tags', () => {
    const place = { namespace: 'a', references: ['r:1', 'r:2', 'r:3', 'r:4', 'r:5', 'r:6'], at: 0 };
    expect(noteSpread(NOWHERE, place, 1)?.isOneMessage).toBe(false);
  });

  it.each([
    { minutes: 14.9, is: true },
    { minutes: 15, is: false },
  ])('not where the first was last heard of $minutes min ago: $is', ({ minutes, is }) => {
    const rest = ['b', 'c', 'd', 'e'].map((name) => [name, `r:${name}`, minutes] as const);
    expect(spreadOver([['a', 'r:a'], ...rest]).isOneMessage).toBe(is);
  });

  it('not where one of five healed before the fifth failed', () => {
    const four = spreadOver(['a', 'b', 'c', 'd'].map((name) => [name, `r:${name}`] as const));
    const healed = noteSpread(four, { namespace: 'a', references: [], at: 1 }, 1);
    const fifth = noteSpread(healed ?? four, { namespace: 'e', references: ['r:e'], at: 2 }, 1);
    expect(fifth?.isOneMessage).toBe(false);
  });

  it('stays one until it fails nowhere', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    let spread = spreadOver(names.map((name) => [name, `r:${name}`] as const));
    const seen = names.map((namespace) => {
      spread = noteSpread(spread, { namespace, references: [], at: 1 }, 1) ?? spread;
      return spread.isOneMessage;
    });
    expect(seen).toEqual([true, true, true, true, false]);
  });

  it.each([
    { minutes: 3.9, written: false },
    { minutes: 4, written: true },
  ])('and is written again by a look that says the same after $minutes min: $written', ({ minutes, written }) => {
    const spread = spreadOver([['a', 'r:1']]);
    const again = noteSpread(spread, { namespace: 'a', references: ['r:1'], at: minutes * MINUTE }, 1);
    expect(again !== undefined).toBe(written);
  });

  it('nothing is written where nothing fails and nothing did', () => {
    expect(noteSpread(NOWHERE, { namespace: 'a', references: [], at: 0 }, 1)).toBeUndefined();
  });
});

describe('the repository of a member', () => {
  it('is that of its image, where the cause is about that image', () => {
    expect(failingRepository(tagMissing('ghcr.io/acme/web:v1'))).toEqual({
      key: 'tag-not-found|ghcr.io/acme/web',
      repository: 'ghcr.io/acme/web',
      reference: 'ghcr.io/acme/web:v1',
    });
  });

  it('is none where the cause is about something else', () => {
    expect(failingRepository(sampleMember({ findings: [secretExpired()] }))).toBeUndefined();
  });

  it.each(['', 'NOT AN IMAGE'])('is none where the image is %j', (image) => {
    expect(failingRepository(tagMissing(image))).toBeUndefined();
  });

  it('is none where the image is named by a digest, or the whole repository is missing', () => {
    const digest = `ghcr.io/acme/web@sha256:${'0'.repeat(64)}`;
    expect(failingRepository(tagMissing(digest, { causeId: 'digest-not-found' }))).toBeUndefined();
    const missing = { causeId: 'repository-not-found', subject: 'ghcr.io/acme/web' };
    expect(failingRepository(tagMissing('ghcr.io/acme/web:v1', missing))).toBeUndefined();
  });

  it('is the same once it was gathered under it', () => {
    const member = tagMissing('ghcr.io/acme/web:v1');
    const found = failingRepository(member);
    if (found === undefined) throw new Error('it has a repository');
    const gathered = gatherUnder(member, found);
    expect(gathered.findings[0]).toMatchObject({
      subject: 'ghcr.io/acme/web',
      phrase: 'several tags of acme/web do not exist',
    });
    expect(gathered.findings[0]?.evidence).toEqual(member.findings[0]?.evidence);
    expect(failingRepository(gathered)).toEqual(found);
  });

  it.each([
    { image: `ghcr.io/${'team/'.repeat(20)}web:v1`, causeId: 'tag-not-found' },
    { image: `ghcr.io/${'team/'.repeat(20)}web:v1`, causeId: 'platform-mismatch' },
  ])('has a phrase of at most 70 characters without a host: $causeId', ({ image, causeId }) => {
    const member = tagMissing(image, { causeId, title: 'Image has no build for the architecture of this node at all' });
    const found = failingRepository(member);
    if (found === undefined) throw new Error('it has a repository');
    const phrase = gatherUnder(member, found).findings[0]?.phrase ?? '';
    expect(phrase.length).toBeLessThanOrEqual(70);
    expect(phrase).not.toContain('ghcr.io');
  });
});
