import { type FakeSecrets, fakeSecrets } from './fake-secrets.ts';
import { authOf, ECR_HOST, ecrPassword, pullSecret, refreshTarget } from './refresh-builders.ts';
import { REFRESH_START } from './refresh-stage.ts';

const HOUR = 3_600_000;
export const SPACES = ['shop', 'pay', 'ml', 'ops'];
export const PLANTED = 'PLANTED-CREDENTIAL-OF-ANOTHER-REGISTRY';

const entry = (hoursLeft: number) => ({
  auth: authOf('AWS', ecrPassword(REFRESH_START + hoursLeft * HOUR, 'CANARY-old')),
});

/** One secret in each namespace, written by that manager. */
export function secretsIn(namespaces: readonly string[], hoursLeft: number, manager = 'ecr-renew'): FakeSecrets {
  return fakeSecrets(
    namespaces.map((namespace) =>
      pullSecret({
        namespace,
        auths: { [ECR_HOST]: entry(hoursLeft), 'ghcr.io': { auth: authOf('bot', PLANTED) } },
        meta: { managedFields: [{ manager, operation: 'Update', time: '2026-11-22T01:00:00Z' }] },
      }),
    ),
  );
}

export const TARGETS = [refreshTarget({ namespaces: SPACES })];
export const patches = (fake: FakeSecrets) => fake.calls.filter((call) => call.startsWith('patch secrets')).length;

/** Another writer takes the secret back: its own credential, its own name in managedFields. */
export function putBack(fake: FakeSecrets, namespace: string, at: number): void {
  const time = new Date(at).toISOString();
  fake.put(
    pullSecret({
      namespace,
      auths: { [ECR_HOST]: { auth: authOf('AWS', ecrPassword(at - HOUR, 'CANARY-rival')) } },
      meta: { managedFields: [{ manager: 'rival', operation: 'Update', time }] },
    }),
  );
}
