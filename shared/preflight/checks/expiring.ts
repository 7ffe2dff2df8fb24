import { credentialFacts } from '../../diagnosis/support/credentials.ts';
import { fact, moment } from '../../diagnosis/support/evidence.ts';
import { lasting } from '../../diagnosis/support/fixes.ts';
import { lastWriter } from '../../diagnosis/support/last-writer.ts';
import type { UseCheck } from '../discovery.ts';
import type { SecretBook } from '../secrets.ts';
import { expirySourceOf, nameOf, renewFix } from './refusal.ts';

/** What ends later than this is not yet anybody's business. */
const WORTH_TELLING_MS = 14 * 24 * 60 * 60_000;
/** What somebody renews should have been renewed by now: pullmedic does it at half of ECR's 12 hours. */
const LATE_MS = 3 * 60 * 60_000;

/** The last entry that the kubelet would try ends soon, and nobody is known to renew it. */
export const createExpiringCheck =
  (secrets: SecretBook): UseCheck =>
  ({ use, failure, pull, knowsSecrets }) => {
    if (pull === 'refused' || pull === 'absent' || !knowsSecrets) return undefined;
    const { matching } = credentialFacts(failure);
    const lasts = [...matching].sort((a, b) => (b.entry.expiresAt ?? Infinity) - (a.entry.expiresAt ?? Infinity))[0];
    const at = lasts?.entry.expiresAt;
    if (lasts === undefined || at === undefined || at <= failure.observedAt) return undefined;
    const left = at - failure.observedAt;
    const { secret, entry } = lasts;
    const renewer = secrets.renewerOf(secret, entry.key);
    if (left > WORTH_TELLING_MS || (renewer !== undefined && left > LATE_MS)) return undefined;
    const whose =
      renewer === undefined ? 'nobody is known to renew it' : `${renewer} renews it and has not done so yet`;
    return {
      kind: 'secret-expiring',
      subject: `${secret.namespace}/${secret.name}`,
      breaks: { kind: 'at', at },
      // That nobody will renew it is not to be proven.
      confidence: entry.expirySource !== 'age' && renewer === undefined ? 'likely' : 'possible',
      phrase: `${nameOf(use.image?.registry)} pull secret ${secret.name.slice(0, 24)} expires, ${renewer === undefined ? 'not renewed' : 'renewal is late'}`,
      evidence: [
        fact(`its token ends ${moment(at)}; ${whose}${lastWriter(secret)}`, expirySourceOf(entry), failure.observedAt),
      ],
      fixes: [
        renewFix({ use, failure }, secret.name),
        lasting('refresh-schedule', 'Let pullmedic renew it on its schedule: name it under targets: (docs/refresh.md)'),
      ],
    };
  };
