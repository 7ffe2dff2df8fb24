import { membersIn } from '../../shared/domain/incident/members-in.ts';
import type { Member } from '../../shared/domain/incident.ts';
import { problemsOfFirstLine } from '../support/first-line-rules.ts';
import type { Case } from './cases/case.ts';
import { longestWaitForOthers } from './graces.ts';
import { until } from './processes.ts';
import type { Step } from './row.ts';
import { textsIn } from './texts-in.ts';
import type { Universe } from './universe.ts';

/** On a busy machine a registry is asked again with the next look. */
const CORRECTED_WITHIN_SECONDS = 30;
const COUNTED_WITHIN_SECONDS = 45;

/** What is looked up in a registry has its own time: a first message may be corrected by an edit. */
export async function settledMembers(one: Case, namespace: string, universe: Universe): Promise<readonly Member[]> {
  const read = () => membersOf(namespace, universe);
  const isSettled = (members: readonly Member[]) => {
    const problems: string[] = [];
    checkCauses(one, members, problems);
    return problems.length === 0;
  };
  await until('what is expected', CORRECTED_WITHIN_SECONDS, async () => isSettled(await read())).catch(() => undefined);
  return read();
}

/** What the product stored of this namespace's failing containers. */
export async function membersOf(namespace: string, { product }: Universe): Promise<readonly Member[]> {
  const loaded = await product.store.incidentsIn('testbed', namespace, Date.now());
  return membersIn(loaded, namespace).filter(({ state }) => state === 'failing');
}

export function checkCauses(one: Case, members: readonly Member[], problems: string[]): Step {
  if (members.length === 0) problems.push('the store knows no failing container of it');
  for (const { container, findings } of members) {
    const best = findings[0]?.causeId ?? 'none';
    if (!one.causes.includes(best)) problems.push(`${container}: ${best}, expected ${one.causes.join(' or ')}`);
    if ((findings[0]?.evidence.length ?? 0) === 0) problems.push(`${container}: no evidence`);
  }
  for (const { cause, confidence, detail } of one.expects ?? []) {
    const isSaid = members.some(
      ({ findings: [best] }) =>
        best?.causeId === cause && best.confidence === confidence && (detail === undefined || best.detail === detail),
    );
    if (!isSaid) problems.push(`no container is ${cause}${detail === undefined ? '' : ` (${detail})`}, ${confidence}`);
  }
  const told = members.map(({ findings }) => {
    const best = findings[0];
    return best === undefined
      ? 'none'
      : `${best.causeId}${best.detail === undefined ? '' : ` (${best.detail})`}, ${best.confidence}`;
  });
  return { text: [...new Set(told)].join('; ') };
}

/** The message as Slack's API gives it: first line, cause, evidence with its source, count. */
export async function checkMessage(
  one: Case,
  namespace: string,
  members: readonly Member[],
  universe: Universe,
  problems: string[],
): Promise<void> {
  const { slack, channelOf, identity } = universe;
  // A cause that may heal waits for its time, in a message of its own, where another one of the pod is told already.
  const urgent = members.filter(({ findings }) => findings[0]?.healsByWaiting !== 'yes');
  const told = urgent.length > 0 ? urgent : members;
  const incidents = new Set(told.map(({ findings }) => `${findings[0]?.family}|${findings[0]?.subject}`)).size;
  const read = async () =>
    (await slack.history(channelOf(namespace))).filter(({ threadTs, ts }) => threadTs === undefined || threadTs === ts);
  // Another cause of the same case may have a later time of its own.
  await until(
    `${incidents} messages`,
    longestWaitForOthers(universe) / 1_000,
    async () => (await read()).length >= incidents,
  ).catch(() => undefined);
  // Pods of one workload fail seconds apart, and counts are edited every 30 s at most.
  const pods = `${one.pods} pod${one.pods === 1 ? '' : 's'} cannot start`;
  const isCounted = async () => (await read()).every(({ blocks }) => plain(blocks).includes(pods));
  await until('the count', COUNTED_WITHIN_SECONDS, isCounted).catch(() => undefined);
  const messages = await read();
  if (messages.length !== incidents) problems.push(`${messages.length} messages for ${incidents} causes to be told`);
  const isSaid = async () => (await read()).some(({ text, blocks }) => one.says?.test(`${text}\n${plain(blocks)}`));
  const isHeard =
    one.says === undefined || (await until('the words', CORRECTED_WITHIN_SECONDS, isSaid).catch(() => false));
  if (!isHeard) problems.push(`no message says ${one.says}`);
  for (const { text, blocks } of messages) {
    problems.push(...problemsOfFirstLine(text, { subject: `${namespace}/`, mayBeRed: one.mayBeRed }));
    const body = plain(blocks);
    const titles = members.flatMap(({ findings }) => findings.slice(0, 1).map(({ title }) => title));
    if (!titles.some((title) => body.includes(title)))
      problems.push(`the body does not name its cause: ${titles.join(', ')}`);
    if (!/\*Why\*[\s\S]*• .+_\(.+\)_/.test(body)) problems.push('no evidence with its source in the body');
    if (!body.includes(pods)) problems.push(`the body does not say "${pods}"`);
    if (/eyJ[\w-]{20}|s3cret|Bearer /.test(body)) problems.push('a credential stands in the message');
    if (body.includes(identity.kubeconfig)) problems.push('a path of this machine stands in the message');
  }
}

/** All texts of a message's blocks. */
function plain(blocks: readonly unknown[]): string {
  return textsIn(blocks).join('\n').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
