import type { ExpiryRule } from '../../domain/registry-answer.ts';
import { asObject, parseObject } from './parse-body.ts';

/** What a pull needs of a repository policy (ECR user guide, "Repository policies"). */
const PULL_ACTION = 'ecr:batchgetimage';

/**
 * Principals that a repository policy lets pull, as written there. A condition is said with the principal, for nobody
 * here can tell whether it holds.
 * @returns `undefined` for a text that is no policy
 */
export function pullPrincipals(policyText: string): readonly string[] | undefined {
  const policy = parseObject(Buffer.from(policyText));
  if (policy === undefined) return undefined;
  const principals = asList(policy['Statement'])
    .map((statement) => asObject(statement) ?? {})
    .filter((statement) => statement['Effect'] === 'Allow' && allowsPull(statement))
    .flatMap((statement) => {
      const suffix = statement['Condition'] === undefined ? '' : ' (on conditions)';
      return principalsOf(statement).map((principal) => `${principal}${suffix}`);
    });
  return [...new Set(principals)].slice(0, 100);
}

function allowsPull(statement: Readonly<Record<string, unknown>>): boolean {
  const actions = asList(statement['Action']).filter((action): action is string => typeof action === 'string');
  return actions.some((action) => matchesAction(action.toLowerCase()));
}

/** IAM's `*` stands for any run of characters; here it is compared piece by piece. */
function matchesAction(pattern: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === PULL_ACTION;
  if (!PULL_ACTION.startsWith(start)) return false;
  let at = start.length;
  for (const [index, piece] of rest.entries()) {
    if (index === rest.length - 1) return PULL_ACTION.length - piece.length >= at && PULL_ACTION.endsWith(piece);
    const found = PULL_ACTION.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return false;
}

function principalsOf(statement: Readonly<Record<string, unknown>>): readonly string[] {
  const principal = statement['Principal'];
  if (typeof principal === 'string') return [principal];
  const named = Object.values(asObject(principal) ?? {}).flatMap(asList);
  const excluded = Object.values(asObject(statement['NotPrincipal']) ?? {}).flatMap(asList);
  return [
    ...named.filter((one): one is string => typeof one === 'string'),
    ...(excluded.length > 0 ? [`everyone but ${excluded.join(', ')}`] : []),
  ];
}

/**
 * The rules of a lifecycle policy that expire images (ECR user guide, "Lifecycle policy parameters").
 * @returns `undefined` for a text that is no policy
 */
export function expiryRules(policyText: string): readonly ExpiryRule[] | undefined {
  const rules = parseObject(Buffer.from(policyText))?.['rules'];
  if (!Array.isArray(rules)) return undefined;
  return rules.flatMap((rule) => {
    const { selection, action } = asObject(rule) ?? {};
    if (asObject(action)?.['type'] !== 'expire') return [];
    return readRule(asObject(selection) ?? {}) ?? [];
  });
}

const UNITS: Readonly<Record<string, ExpiryRule['after']>> = {
  imageCountMoreThan: 'count',
  sinceImagePushed: 'pushed-days',
  sinceImagePulled: 'pulled-days',
};

function readRule(selection: Readonly<Record<string, unknown>>): ExpiryRule | undefined {
  const { tagStatus, countType, countNumber } = selection;
  const after = typeof countType === 'string' && Object.hasOwn(UNITS, countType) ? UNITS[countType] : undefined;
  if (typeof countNumber !== 'number' || after === undefined) return undefined;
  const tags = [
    ...asList(selection['tagPatternList']).map(String),
    ...asList(selection['tagPrefixList']).map((prefix) => `${String(prefix)}*`),
  ];
  const which = tagStatus === 'tagged' || tagStatus === 'untagged' ? tagStatus : 'any';
  const words = describeRule(which === 'tagged' ? `tagged ${tags.join(', ')}`.trim() : which, after, countNumber);
  return { which, tags, after, amount: countNumber, words };
}

function describeRule(which: string, after: ExpiryRule['after'], amount: number): string {
  switch (after) {
    case 'count':
      return `expires ${which} beyond the newest ${amount}`;
    case 'pushed-days':
      return `expires ${which} after ${days(amount)}`;
    case 'pulled-days':
      return `expires ${which} not pulled for ${days(amount)}`;
  }
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`;
}

function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}
