import type { ImageReference } from '../domain/image-reference.ts';
import { formatImageReference } from '../domain/image-reference.ts';
import type { Gap } from '../domain/pull-failure.ts';
import { openKeyring } from '../domain/pull-secret/kubelet-credentials.ts';
import type { RegistryAnswer, RegistryCredentialName } from '../domain/registry-answer.ts';
import type { RegistryCredential } from '../domain/registry-credential.ts';
import { recogniseRegistry } from '../registries/recognise.ts';
import type { ImageUse } from './inventory.ts';
import { neededPlatforms, unprovenPlatforms } from './platforms.ts';
import type { PreflightWorld } from './world.ts';

/** One question to a registry, for every use that it answers. */
export interface PreflightQuestion {
  readonly image: ImageReference;
  readonly credentials: readonly RegistryCredential[];
  readonly wantsPlatforms: boolean;
}

/** What to ask, and how to read the answers for each use. */
export interface QuestionPlan {
  readonly questions: ReadonlyMap<string, PreflightQuestion>;
  /** Key of the question that is about this use; `undefined` = nothing is asked of it. */
  keyOf(use: ImageUse): string | undefined;
  /** The answer as if it had been asked with this use's own secrets: those of other uses hold the same credentials. */
  forUse(use: ImageUse, answer: RegistryAnswer): RegistryAnswer;
  readonly gaps: readonly Gap[];
}

/**
 * Manifests that are asked for of Docker Hub in one run: platforms cost a GET, and it counts those as pulls of our
 * address, which its users may need.
 */
const COUNTED_HUB_QUESTIONS = 10;

/**
 * One question for each distinct image and credential, however many workloads and copies of a secret there are.
 * @param hash of a credential: makes keys that do not hold it
 */
export function planQuestions(world: PreflightWorld, hash: (text: string) => string): QuestionPlan {
  const { snapshot, uses } = world;
  const questions = new Map<string, PreflightQuestion>();
  const keys = new Map<ImageUse, string>();
  const names = new Map<ImageUse, readonly RegistryCredentialName[]>();
  const platformOfNode = new Map(
    (snapshot.nodes ?? []).flatMap(({ name, os = 'linux', architecture }) =>
      architecture === undefined ? [] : [[name, `${os}/${architecture}`] as const],
    ),
  );
  const readBefore = rememberCredentials(snapshot.secrets);
  const hashOnce = rememberHashes(hash);
  let counted = 0;
  let leftOut = 0;
  for (const use of uses) {
    const { image, namespace, pullSecretNames, policy } = use;
    if (image === undefined || policy === 'Never') continue;
    const credentials = readBefore(namespace, pullSecretNames, image);
    const shown = credentials.map(hashOnce);
    const key = JSON.stringify([formatImageReference(image), ...shown]);
    const needed = neededPlatforms(use, world.eligibleFor(use), snapshot.platforms);
    const isOpen = unprovenPlatforms(use, needed, platformOfNode).length > 0;
    const same = questions.get(key);
    let wantsPlatforms = same?.wantsPlatforms === true;
    if (isOpen && !wantsPlatforms) {
      const isCounted = recogniseRegistry(image.registry).family === 'docker-hub';
      wantsPlatforms = !isCounted || counted < COUNTED_HUB_QUESTIONS;
      if (isCounted && wantsPlatforms) counted += 1;
      if (!wantsPlatforms) leftOut += 1;
    }
    questions.set(key, { image, credentials, wantsPlatforms });
    keys.set(use, key);
    names.set(
      use,
      credentials.map(({ name }) => name),
    );
  }
  return {
    questions,
    keyOf: (use) => keys.get(use),
    forUse(use, answer) {
      const asked = questions.get(keys.get(use) ?? '')?.credentials ?? [];
      const own = names.get(use) ?? [];
      const attempts = answer.attempts.map((attempt) => {
        const at = asked.findIndex(({ name }) => isSameName(name, attempt.credential));
        return at === -1 ? attempt : { ...attempt, credential: own[at] };
      });
      return { ...answer, attempts };
    },
    gaps:
      leftOut === 0
        ? []
        : [
            {
              what: `platforms of ${leftOut} images on Docker Hub were not read`,
              why: `it counts each as a pull of our address, and ${COUNTED_HUB_QUESTIONS} a run are enough`,
            },
          ],
  };
}

/** The same secrets serve many workloads: each set of them is opened once. */
function rememberCredentials(secrets: PreflightWorld['snapshot']['secrets']) {
  const byNamespace = Map.groupBy(secrets, ({ metadata }) => metadata?.namespace ?? 'default');
  const known = new Map<string, ReturnType<typeof openKeyring>>();
  return (namespace: string, pullSecretNames: readonly string[], image: ImageReference) => {
    const key = JSON.stringify([namespace, pullSecretNames]);
    const keyring = known.get(key) ?? openKeyring(byNamespace.get(namespace) ?? [], namespace, pullSecretNames);
    known.set(key, keyring);
    return keyring(image);
  };
}

function rememberHashes(hash: (text: string) => string): (credential: RegistryCredential) => string {
  const known = new Map<string, string>();
  return ({ name: { namespace, secret, key }, username, password }) => {
    const name = JSON.stringify([namespace, secret, key]);
    const hashed = known.get(name) ?? hash(`${username}\0${password.reveal()}`);
    known.set(name, hashed);
    return hashed;
  };
}

function isSameName(a: RegistryCredentialName, b: RegistryCredentialName | undefined): boolean {
  return b !== undefined && a.namespace === b.namespace && a.secret === b.secret && a.key === b.key;
}
