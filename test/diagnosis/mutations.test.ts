import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { failureFromText } from '../../shared/diagnosis/explain-text.ts';
import { MUTATIONS } from '../support/mutations.ts';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '..', 'fixtures', 'causes');

interface Fixture {
  readonly message: string;
  readonly reason?: string;
  readonly image?: string;
  readonly state?: string;
}

/** The failures that are told by words: not the stalls, of which nothing is said. */
const told = readdirSync(fixtures)
  .map((file) => ({ id: file.replace('.json', ''), fixture: readFixture(file) }))
  .filter(({ fixture }) => fixture.message !== '' && fixture.state === undefined);

function readFixture(file: string): Fixture {
  return JSON.parse(readFileSync(join(fixtures, file), 'utf8'));
}

function bestOf({ reason, image }: Fixture, text: string): string | undefined {
  return diagnose(failureFromText({ text, reason, image }, 0))[0]?.causeId;
}

describe('the same words in another form mean the same', () => {
  it.each(MUTATIONS)('$name', ({ apply }) => {
    const changed = told
      .map(({ id, fixture }) => ({ id, text: apply(fixture.message), was: bestOf(fixture, fixture.message), fixture }))
      .map(({ id, text, was, fixture }) => ({ id, text, was, is: bestOf(fixture, text) }))
      .filter(({ was, is }) => was !== is);
    expect(changed).toEqual([]);
  });

  it('changes something: a mutation that does nothing proves nothing', () => {
    for (const { apply } of MUTATIONS) {
      expect(told.some(({ fixture }) => apply(fixture.message) !== fixture.message)).toBe(true);
    }
  });
});
