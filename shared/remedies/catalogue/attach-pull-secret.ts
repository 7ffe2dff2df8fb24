import type { NoPlan, Plan } from '../../domain/remedy/plan.ts';
import type { Choice } from '../../domain/remedy/proposal.ts';
import type { Remedy, RemedyContext } from '../remedy.ts';
import { type AttachPlace, describeAttach, findAttachPlaces } from '../support/attach-place.ts';
import { type Attachable, findAttachable } from '../support/attachable.ts';
import { pullSecretGitFix } from '../support/git-fix.ts';
import { labelOf } from '../support/label.ts';
import { leadOf } from '../support/lead.ts';
import { isRefused, noPlan } from '../support/no-plan.ts';

/** The registry was asked without a credential, or with one that it does not take. */
const CAUSES: readonly string[] = [
  'auth-missing',
  'access-denied-or-not-found',
  'auth-invalid',
  'auth-forbidden',
  'auth-expired',
  'secret-not-found',
];

/** Has the ServiceAccount or the workload use a pull secret of its own namespace. */
export const attachPullSecret: Remedy = {
  id: 'attach-pull-secret',
  title: 'Attach a pull secret of the same namespace',

  propose(context) {
    const found = readAttachment(context, undefined);
    if (isRefused(found)) return undefined;
    const { secret, place, choices } = found;
    const label = labelOf(`Attach secret ${secret.name}`, 'Attach the pull secret');
    const rank = secret.isProven ? 20 : 28;
    const basics = { remedyId: 'attach-pull-secret', label, choices, rank } as const;
    if (place.ownership.kind === 'reconciled') {
      const gitFix = pullSecretGitFix(place.label, place.ownership.owner, [...place.before, secret.name]);
      return { ...basics, choices: [], danger: 'careful', gitFix };
    }
    return { ...basics, danger: describeAttach(context, place, secret).danger, warning: place.ownership.warning };
  },

  plan(context, choice) {
    const found = readAttachment(context, choice);
    return isRefused(found) ? found : planAttachment(context, found);
  },
};

interface Attachment {
  readonly secret: Attachable;
  readonly place: AttachPlace;
  readonly choices: readonly Choice[];
  readonly choice: string;
}

/** One choice is a place and a secret: `ServiceAccount/regcred`. */
function readAttachment(context: RemedyContext, wanted: string | undefined): Attachment | NoPlan {
  const { best, failure } = leadOf(context);
  if (!CAUSES.includes(best?.causeId ?? '')) {
    return noPlan(`another pull secret would not help: ${best?.phrase ?? 'the cause is not known'}`);
  }
  if (best?.detail === 'attached-after-creation') {
    return noPlan('the ServiceAccount names a good secret already: new pods get it (Retry now)');
  }
  const secrets = findAttachable(context);
  if (secrets.length === 0) {
    const host = failure.image?.registry ?? 'the registry';
    return noPlan(`no other pull secret that is good for ${host} was found in namespace ${context.member.namespace}`);
  }
  const places = findAttachPlaces(context);
  if (isRefused(places)) return places;
  const free = places.filter(({ ownership }) => ownership.kind === 'free');
  const offered = (free.length > 0 ? free : places.slice(0, 1)).flatMap((place) =>
    secrets.map((secret) => ({ place, secret, choice: `${place.kind}/${secret.name}` })),
  );
  const chosen = wanted === undefined ? offered[0] : offered.find(({ choice }) => choice === wanted);
  if (chosen === undefined) return noPlan('what was chosen is not there any more: open the dialog again');
  return {
    ...chosen,
    choices: offered.map(({ choice, place, secret }) => ({
      value: choice,
      label: `${secret.name}, to ${place.label}`,
    })),
  };
}

function planAttachment(context: RemedyContext, { secret, place, choices, choice }: Attachment): Plan | NoPlan {
  if (place.ownership.kind === 'reconciled') {
    return noPlan(
      `${place.ownership.owner} writes ${place.label} and would undo this: change it in Git (Show Git fix)`,
    );
  }
  const { danger, changes, radius, pods } = describeAttach(context, place, secret);
  return {
    remedyId: 'attach-pull-secret',
    label: labelOf(`Attach secret ${secret.name}`, 'Attach the pull secret'),
    danger,
    changes,
    radius,
    warnings: [
      ...(place.ownership.warning === undefined ? [] : [place.ownership.warning]),
      ...(secret.isProven
        ? []
        : [`whether the registry takes secret ${secret.name} is not proven: it has an entry for it`]),
    ],
    choices,
    choice,
    members: [context.member.key],
    pods,
  };
}
