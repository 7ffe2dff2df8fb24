import { fact, moment } from '../../diagnosis/support/evidence.ts';
import { lasting, now } from '../../diagnosis/support/fixes.ts';
import { registrySays } from '../../diagnosis/support/registry-facts.ts';
import { shortImage } from '../../diagnosis/support/text.ts';
import type { Evidence } from '../../domain/finding.ts';
import { matchesGlob } from '../../domain/glob.ts';
import type { Breaks } from '../../domain/preflight/breaks.ts';
import type { EcrAnswer, ExpiryRule } from '../../domain/registry-answer.ts';
import { shellCommand } from '../../domain/shell.ts';
import { ecrLocation } from '../../registries/recognise.ts';
import type { UseCheck } from '../discovery.ts';
import { countOf, heldBy } from '../words.ts';

const DAY_MS = 24 * 60 * 60_000;
/** What goes later than this is not yet anybody's business. */
const WORTH_TELLING_MS = 14 * DAY_MS;
/** This many builds more, and a rule that keeps the newest ones takes it. */
const FEW_BUILDS = 3;

/** A lifecycle rule of its ECR repository will delete the image. */
export const checkExpiry: UseCheck = (examined) => {
  const { use, failure } = examined;
  const { registry: answer, observedAt } = failure;
  const ecr = answer?.ecr;
  const location = ecrLocation(use.image?.registry ?? '');
  if (answer === undefined || ecr?.image !== 'exists' || use.image === undefined || location === undefined)
    return undefined;
  const isByTag = use.image.digest === undefined;
  const ends = (ecr.expiryRules ?? [])
    .filter((rule) => selects(rule, use.image?.tag, isByTag))
    .flatMap((rule) => endOf(rule, ecr, observedAt) ?? [])
    .sort((a, b) => a.order - b.order);
  const [end] = ends;
  if (end === undefined) return undefined;
  return {
    kind: 'image-expiring',
    subject: use.canonical,
    breaks: end.breaks,
    // Rules of a higher priority may keep it, and ECR acts within a day.
    confidence: 'likely',
    phrase: `${shortImage(failure, 36)} will be deleted by a lifecycle rule`,
    evidence: [
      registrySays(answer, `the repository ${end.rule.words}; ${end.why}`),
      fact('ECR deletes within 24 hours of that', 'ECR user guide', undefined),
      ...heldBy(examined),
    ] satisfies readonly Evidence[],
    fixes: [
      now(
        'see-policy',
        'Let the rule spare it: see what it would delete',
        shellCommand`aws ecr get-lifecycle-policy --registry-id ${location.account} --region ${location.region} --repository-name ${use.image.repository}`,
      ),
      lasting('keep-deployed', 'Tag what is deployed (such as keep-prod-…) and leave that tag out of the rules'),
    ],
  };
};

function selects({ which, tags }: ExpiryRule, tag: string | undefined, isByTag: boolean): boolean {
  if (which === 'any') return true;
  // What is named by its digest may have lost its tag or not.
  if (which === 'untagged') return false;
  return isByTag && tag !== undefined && tags.some((pattern) => matchesGlob(pattern, tag));
}

interface End {
  readonly breaks: Breaks;
  readonly why: string;
  readonly order: number;
  readonly rule: ExpiryRule;
}

function endOf(rule: ExpiryRule, { pushedAt, lastPulledAt, newerImages }: EcrAnswer, now: number): End | undefined {
  if (rule.after === 'count') {
    if (newerImages === undefined) return undefined;
    const left = rule.amount - 1 - newerImages;
    if (left > FEW_BUILDS) return undefined;
    const why = `${newerImages} of it are newer than this one: ${left <= 0 ? 'it is the next to go' : `${countOf(left, 'build')} more and it goes`}`;
    return { breaks: { kind: 'drift' }, why, order: now + WORTH_TELLING_MS, rule };
  }
  const from = rule.after === 'pulled-days' ? (lastPulledAt ?? pushedAt) : pushedAt;
  if (from === undefined) return undefined;
  const at = from + rule.amount * DAY_MS;
  if (at - now > WORTH_TELLING_MS) return undefined;
  const what = rule.after === 'pulled-days' && lastPulledAt !== undefined ? 'last pulled' : 'pushed';
  const why = `this one was ${what} ${moment(from)}, so it goes ${moment(at)}`;
  return { breaks: { kind: 'at', at: Math.max(at, now) }, why, order: at, rule };
}
