import type { Discovery, UseCheck } from '../discovery.ts';
import type { ExaminedUse } from '../examine.ts';
import type { PreflightWorld } from '../world.ts';
import { checkMalformedSecrets, checkMissingSecrets } from './broken-secrets.ts';
import { createExpiringCheck } from './expiring.ts';
import { checkExpiry } from './image-expiring.ts';
import { checkPresence } from './image-gone.ts';
import { checkName } from './invalid-name.ts';
import { createPlatformCheck } from './platform.ts';
import { checkRefusal } from './refusal.ts';
import { checkLatest, checkMovedTag } from './tags.ts';

/** Everything that is asked of one use. A use that is never pulled has nothing to fail. */
export function createUseChecks({
  secrets,
  snapshot,
}: PreflightWorld): (examined: ExaminedUse) => readonly Discovery[] {
  const single: readonly UseCheck[] = [
    checkName,
    checkPresence,
    checkRefusal,
    createExpiringCheck(secrets),
    createPlatformCheck(snapshot.platforms),
    checkExpiry,
    checkMovedTag,
    checkLatest,
  ];
  const many = [checkMissingSecrets, checkMalformedSecrets];
  return (examined) => {
    if (examined.use.policy === 'Never') return [checkName(examined)].filter((found) => found !== undefined);
    return [
      ...many.flatMap((check) => check(examined)),
      ...single.map((check) => check(examined)).filter((found) => found !== undefined),
    ];
  };
}
