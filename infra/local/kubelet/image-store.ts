import type { Credential } from './credentials.ts';

export interface StoredImage {
  readonly digest: string;
  readonly sizeBytes: number;
  /** `docker.io/library/redis:7.2`, every name by which it was pulled here. */
  readonly names: Set<string>;
  /** Anybody on the node may use it: pulled without credentials. */
  isOpen: boolean;
  /** Whose pull secret or which password brought it (KEP-2535, on by default since 1.35). */
  readonly secrets: Set<string>;
  readonly passwords: Set<string>;
}

/** Images of one node, by digest. */
export interface ImageStore {
  has(digest: string): boolean;
  byName(name: string): StoredImage | undefined;
  add(
    name: string,
    pulled: { readonly digest: string; readonly sizeBytes: number },
    by: Credential | undefined,
  ): StoredImage;
  all(): readonly StoredImage[];
  /** Removes it, as the kubelet's image garbage collection does. */
  remove(name: string): void;
}

function secretKey({ secret }: Credential): string {
  return `${secret.namespace}/${secret.name}/${secret.uid}`;
}

function passwordKey({ username, password }: Credential): string {
  return `${username}\0${password}`;
}

/** Whether a pod with these credentials may use the image without asking the registry. */
export function isAccessible(image: StoredImage, credentials: readonly Credential[]): boolean {
  if (image.isOpen) return true;
  return credentials.some((one) => image.secrets.has(secretKey(one)) || image.passwords.has(passwordKey(one)));
}

export function createImageStore(): ImageStore {
  const images = new Map<string, StoredImage>();
  return {
    has: (digest) => images.has(digest),
    byName: (name) => [...images.values()].find(({ names }) => names.has(name)),
    add(name, { digest, sizeBytes }, by) {
      // A tag names one image: the newest.
      for (const other of images.values()) if (other.digest !== digest) other.names.delete(name);
      const found = images.get(digest) ?? {
        digest,
        sizeBytes,
        names: new Set(),
        isOpen: false,
        secrets: new Set(),
        passwords: new Set(),
      };
      images.set(digest, found);
      found.names.add(name);
      if (by) {
        found.secrets.add(secretKey(by));
        found.passwords.add(passwordKey(by));
      } else found.isOpen = true;
      return found;
    },
    all: () => [...images.values()],
    remove(name) {
      for (const [digest, image] of images) if (image.names.has(name)) images.delete(digest);
    },
  };
}
