import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { judgeMessage, type LabelledMessage, score } from './score.ts';

const corpus = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared', 'corpus', 'corpus.jsonl');
const isThere = existsSync(corpus);
if (!isThere)
  console.warn(
    'accuracy.test.ts: the labelled messages are not beside this checkout; their share of the test is skipped',
  );

describe('the score', () => {
  const message = (facts: Partial<LabelledMessage>): LabelledMessage => ({
    id: 'x',
    message: 'Container image "a/b:1" is not present with pull policy of Never',
    reason: null,
    image: null,
    cause: 'image-never-pull',
    alternatives: [],
    ...facts,
  });

  it('counts accepted, strict, and what is wrong and certain', () => {
    const result = score(
      [
        message({}),
        message({ cause: 'tag-not-found', alternatives: ['image-never-pull'] }),
        message({ cause: 'tag-not-found' }),
      ].map(judgeMessage),
    );
    expect(result.accepted).toEqual({ right: 2, of: 3 });
    expect(result.strict).toEqual({ right: 1, of: 3 });
    expect(result.strictUnambiguous).toEqual({ right: 1, of: 2 });
    expect(result.wrongAndCertain).toHaveLength(1);
  });
});

(isThere ? describe : describe.skip)('labelled real messages', () => {
  const verdicts = isThere
    ? readFileSync(corpus, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => judgeMessage(JSON.parse(line)))
    : [];
  const result = score(verdicts);

  it('are accepted in 97 of 100 cases, and strictly so in 90 where nothing else may be meant', () => {
    expect(result.accepted.right / result.accepted.of).toBeGreaterThanOrEqual(0.97);
    expect(result.strictUnambiguous.right / result.strictUnambiguous.of).toBeGreaterThanOrEqual(0.9);
  });

  it('never get a wrong answer that calls itself certain', () => {
    expect(result.wrongAndCertain).toEqual([]);
  });
});
