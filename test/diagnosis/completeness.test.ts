import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { CAUSES } from '../../shared/diagnosis/causes/index.ts';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { failureFromText } from '../../shared/diagnosis/explain-text.ts';
import { CAUSE_IDS } from './cause-ids.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const fixtures = join(root, 'test', 'fixtures', 'causes');

interface Fixture {
  readonly source: string;
  readonly message: string;
  readonly reason?: string;
  readonly image?: string;
  readonly state?: 'failing' | 'stalled';
  /** The full list, best first: a greedy rule elsewhere shows here. */
  readonly expect: readonly string[];
}

function readFixture(id: string): Fixture {
  return JSON.parse(readFileSync(join(fixtures, `${id}.json`), 'utf8'));
}

function findingsOf(fixture: Fixture) {
  const failure = failureFromText({ text: fixture.message, reason: fixture.reason, image: fixture.image }, 0);
  return diagnose({ ...failure, state: fixture.state ?? 'failing' });
}

describe('the table of causes', () => {
  it('holds every id once, and nothing else', () => {
    expect(CAUSES.map(({ id }) => id).sort()).toEqual([...CAUSE_IDS].sort());
  });

  it('has one file a cause', () => {
    const files = readdirSync(join(root, 'shared', 'diagnosis', 'causes')).filter((name) => name !== 'index.ts');
    expect(files.sort()).toEqual(CAUSE_IDS.map((id) => `${id}.ts`).sort());
  });

  it('has one fixture a cause', () => {
    expect(readdirSync(fixtures).sort()).toEqual(CAUSE_IDS.map((id) => `${id}.json`).sort());
  });

  it.each(CAUSES.map((cause) => [cause.id, cause] as const))('%s has a page with something in it', (id, cause) => {
    expect(cause.docs).toBe(`docs/causes/${id}.md`);
    expect(existsSync(join(root, cause.docs))).toBe(true);
    const page = readFileSync(join(root, cause.docs), 'utf8');
    expect(page).toContain(`\`${id}\``);
    for (const heading of ['## What it is', '## How it shows', '## How to prove it', '## How to fix it']) {
      expect(page).toContain(heading);
    }
    for (const detail of cause.details) expect(page).toContain(`\`${detail}\``);
  });

  it('supersedes only causes that exist, and never in a circle', () => {
    const byId = new Map(CAUSES.map((cause) => [cause.id, cause]));
    const reaches = (from: string, wanted: string, seen: ReadonlySet<string>): boolean =>
      (byId.get(from)?.supersedes ?? []).some(
        (next) => next === wanted || (!seen.has(next) && reaches(next, wanted, new Set([...seen, next]))),
      );
    for (const { id, supersedes } of CAUSES) {
      expect(supersedes.filter((other) => !byId.has(other))).toEqual([]);
      expect({ id, isCircular: reaches(id, id, new Set()) }).toEqual({ id, isCircular: false });
    }
  });

  it('has a specificity between 0 and 100 everywhere', () => {
    expect(CAUSES.filter(({ specificity }) => specificity < 0 || specificity > 100)).toEqual([]);
  });
});

describe('each fixture', () => {
  it.each(CAUSE_IDS.map((id) => [id]))('%s gets its full list of causes, itself first', (id) => {
    const fixture = readFixture(id);
    const findings = findingsOf(fixture);
    expect(fixture.expect[0]).toBe(id);
    expect(findings.map(({ causeId }) => causeId)).toEqual(fixture.expect);
  });

  it.each(CAUSE_IDS.map((id) => [id]))('%s ends a first line plainly and shortly', (id) => {
    for (const { phrase } of findingsOf(readFixture(id))) {
      expect([...phrase].length).toBeLessThanOrEqual(70);
      expect(phrase).toMatch(/\S/);
      expect(phrase).not.toMatch(/https?:|sha256|[*`<>|\n]|\b[\w-]+\.(?:com|io|example|invalid|amazonaws)\b/);
    }
  });

  it.each(CAUSE_IDS.map((id) => [id]))('%s says why, from where, and what to do', (id) => {
    for (const finding of findingsOf(readFixture(id))) {
      expect(finding.evidence.length).toBeGreaterThan(0);
      expect(finding.evidence.filter(({ text, source }) => text === '' || source === '')).toEqual([]);
      expect(finding.fixes.map(({ kind }) => kind)).toContain('now');
      expect(finding.fixes.map(({ kind }) => kind)).toContain('lasting');
      expect(finding.subject).not.toBe('');
      expect(finding.title).not.toMatch(/\.$/);
    }
  });
});
