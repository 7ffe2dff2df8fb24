import type { Manifest } from '../kubectl.ts';
import { TOKEN_REGISTRY_HOST } from '../token-registry.ts';
import type { Case, Repair } from './case.ts';
import { container, GOOD, goodSecret, PRIVATE, pod, podOf, pullSecret } from './objects.ts';

type Rest = Partial<Omit<Case, 'name' | 'from' | 'objects'>>;

const setApp: Repair = { kind: 'set-image', target: 'pod/app', images: { app: GOOD } };

function asked(name: string, causes: readonly string[], objects: readonly Manifest[], rest: Rest): Case {
  return {
    name,
    from: 'asked',
    objects,
    ends: 'ErrImagePull',
    causes,
    repair: setApp,
    pods: 1,
    mayBeRed: false,
    needs: 'registries',
    ...rest,
  };
}

/** Cases of this run alone: what only a registry that is asked, or another pod, can tell. */
export const ASKED: readonly Case[] = [
  asked('near-miss-tag', ['tag-not-found'], [pod('registry.example.com/team/app:v10')], {
    expects: [{ cause: 'tag-not-found', confidence: 'certain' }],
    says: /tag v10 does not exist, v1 does/,
  }),
  asked(
    'stale-credential-on-public-image',
    ['auth-invalid'],
    [
      pullSecret('regcred', TOKEN_REGISTRY_HOST, 'puller', 'last-year'),
      pod(`${TOKEN_REGISTRY_HOST}/team/app:v1`, { secrets: ['regcred'], policy: 'Always' }),
    ],
    {
      readsSecrets: true,
      expects: [{ cause: 'auth-invalid', detail: 'stale-credential-on-public-image', confidence: 'certain' }],
      says: /public image/,
    },
  ),
  // Secrets are never listed: that one exists is known because another pod that fails names it.
  asked(
    'serviceaccount-lacks-secret',
    ['auth-missing', 'tag-not-found'],
    [
      goodSecret('regcred'),
      podOf({ containers: [container(PRIVATE)] }),
      podOf(
        {
          containers: [container('private.example.com/team/secret-app:v9', 'worker')],
          imagePullSecrets: [{ name: 'regcred' }],
        },
        'worker',
      ),
    ],
    {
      readsSecrets: true,
      expects: [{ cause: 'auth-missing', detail: 'serviceaccount-lacks-secret', confidence: 'certain' }],
      repair: {
        kind: 'delete',
        target: 'pod --all',
        why: 'a pod gets the secrets of its ServiceAccount when it is created',
      },
    },
  ),
];
