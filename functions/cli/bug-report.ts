import { createAnonymiser } from '../../shared/domain/anonymise.ts';
import type { Finding } from '../../shared/domain/finding.ts';
import { MAX_TEXT } from '../../shared/domain/pull-error/parse.ts';
import { fingerprintText } from '../../shared/domain/text-fingerprint.ts';
import { recogniseRegistry } from '../../shared/registries/recognise.ts';
import { type CauseJson, toCauseJson } from './cause-json.ts';
import { guessRuntime } from './guess-runtime.ts';

/** Which pullmedic this is, and where it hears of its mistakes. */
export interface About {
  readonly version: string;
  /** The page where issues are filed; `undefined` = this copy does not say. */
  readonly issues: string | undefined;
}

/** A text that was not recognised, or wrongly, in a form that may be shown to strangers. */
export interface BugReport {
  readonly version: string;
  readonly fileAt: string;
  readonly runtime: string;
  /** The same for everybody who sees the same words: finds a report that was filed already. */
  readonly fingerprint: string;
  readonly causes: readonly CauseJson[];
  /** What kind of registry stands behind a placeholder, where its host name tells. */
  readonly hosts: readonly { readonly placeholder: string; readonly kind: string }[];
  /** Without credentials, hosts, repositories, names, digests, accounts and addresses. */
  readonly text: string;
  readonly title: string;
  readonly markdown: string;
}

const TITLE_CHARACTERS = 80;

export function buildBugReport(text: string, findings: readonly Finding[], about: About): BugReport {
  const anonymiser = createAnonymiser();
  const shown = anonymiser.anonymise(text.slice(0, MAX_TEXT)).trim();
  const causes = findings.map((finding) => {
    const cause = toCauseJson(finding);
    // Evidence quotes the text.
    return { ...cause, evidence: cause.evidence.map((sentence) => anonymiser.anonymise(sentence)) };
  });
  const report = {
    version: about.version,
    fileAt: about.issues ?? 'the issue tracker of the place that you have pullmedic from',
    runtime: guessRuntime(text) ?? 'not known',
    fingerprint: fingerprintText(text).hash,
    causes,
    hosts: anonymiser.hosts().flatMap(({ name, original }) => {
      const { family, name: kind } = recogniseRegistry(original);
      return family === 'other' ? [] : [{ placeholder: name, kind }];
    }),
    text: shown,
    title: titleOf(causes[0]?.id ?? 'unknown', shown),
  };
  return { ...report, markdown: toMarkdown(report, text.length > MAX_TEXT) };
}

function titleOf(id: string, shown: string): string {
  // The last part of Go's wrapped errors is what happened.
  const last = shown.replace(/\s+/g, ' ').split(': ').at(-1) ?? '';
  const what = id === 'unknown' ? 'Pull error not recognised' : `Pull error wrongly taken for ${id}?`;
  return `${what}: ${last.length > TITLE_CHARACTERS ? `${last.slice(0, TITLE_CHARACTERS)}…` : last}`;
}

function toMarkdown(report: Omit<BugReport, 'markdown'>, isCut: boolean): string {
  const fence = '`'.repeat(Math.max(3, ...[...report.text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  const causes = report.causes.map(
    ({ id, detail, confidence }) => `\`${id}\`${detail === undefined ? '' : ` (${detail})`} ${confidence}`,
  );
  return [
    `<!-- Read it through, then file it at: ${report.fileAt} -->`,
    `# ${report.title}`,
    '',
    `- pullmedic ${report.version}`,
    `- Diagnosed: ${causes.join(', ')}`,
    `- Runtime, by its wording: ${report.runtime}`,
    ...report.hosts.map(({ placeholder, kind }) => `- \`${placeholder}\` is ${kind}`),
    `- Fingerprint: ${report.fingerprint}`,
    '',
    '## The text',
    isCut ? 'Credentials and names are replaced; cut after 16 KiB.' : 'Credentials and names are replaced.',
    '',
    `${fence}text`,
    report.text,
    fence,
    '',
    '## What it was really',
    'The cause, and how you know it:',
    '',
  ].join('\n');
}
