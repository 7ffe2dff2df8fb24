import type { ImageReference } from '../domain/image-reference.ts';
import type { Gap } from '../domain/pull-failure.ts';
import type { RegistryAnswer } from '../domain/registry-answer.ts';
import type { RegistryCredential } from '../domain/registry-credential.ts';

export type { RegistryCredential } from '../domain/registry-credential.ts';

/** What to find out about one image. */
export interface RegistryQuestion {
  readonly image: ImageReference;
  /** Exactly those that the kubelet would send for this image, in its order; empty = it sends none. */
  readonly credentials: readonly RegistryCredential[];
  /** Whether the platforms matter: costs a GET of the manifest, which Docker Hub counts as a pull. */
  readonly wantsPlatforms: boolean;
  /** Whether it matters when lifecycle rules delete it: costs a list of the repository where a rule counts images. */
  readonly wantsExpiry?: boolean | undefined;
}

/** What is known, and what is not. `answer` is `undefined` where nothing could be asked: `gaps` then says why. */
export interface RegistryReply {
  readonly answer: RegistryAnswer | undefined;
  readonly gaps: readonly Gap[];
}

/**
 * Asks registries as `design.md` "Hostile input" allows: well-known public hosts, ECR of configured accounts and
 * configured `registries`, nothing else; never an internal address, never a credential for another host. It never
 * throws: a registry that cannot be asked or does not answer is a gap.
 */
export interface Registry {
  /** @param signal ends the question: what is known by then is the reply */
  ask(question: RegistryQuestion, signal: AbortSignal): Promise<RegistryReply>;
}
