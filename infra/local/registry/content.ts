import type { AnswerFault } from './hosts.ts';
import { type BuiltImage, buildImage, type Document } from './images.ts';
import { parseReference } from './reference.ts';

export interface Repository {
  isPrivate: boolean;
  readonly tags: Map<string, string>;
  readonly manifests: Map<string, Document>;
  readonly blobs: Map<string, Document>;
  /** How long a first pull takes, in the kubelet's seconds; the host's own value unless set. */
  pullSeconds: number | undefined;
  /** How its blobs go wrong; the host's own fault unless set. */
  fault: AnswerFault | undefined;
}

export interface AddImageOptions {
  /** `linux/amd64` and `linux/arm64` by default; one platform gives a plain manifest, several an index. */
  readonly platforms?: readonly string[];
  readonly isPrivate?: boolean;
  /** Bytes of the one layer of each platform; 20 KiB by default. */
  readonly layerSize?: number;
  readonly pullSeconds?: number;
  /** One of the faults of blobs, for this repository alone. */
  readonly fault?: AnswerFault;
  /** Other content under the same tag, as a rebuild would make; the reference itself by default. */
  readonly seed?: string;
}

export interface Content {
  find(host: string, repository: string): Repository | undefined;
  repositories(host: string): readonly string[];
  /** Puts an image under a tag and gives its digest. @throws {Error} for a reference that no runtime takes */
  addImage(reference: string, options?: AddImageOptions): string;
  /** Takes a tag away; its manifests stay, as in a real registry. Says whether it was there. */
  removeTag(reference: string): boolean;
  setPrivate(reference: string, isPrivate: boolean): void;
}

function parsed(reference: string) {
  const found = parseReference(reference);
  if ('error' in found) throw new Error(`${reference}: ${found.error}`);
  return found;
}

/** What all hosts of the embedded registry hold, in memory. */
export function createContent(): Content {
  const hosts = new Map<string, Map<string, Repository>>();

  function repository(host: string, name: string): Repository {
    const repositories = hosts.get(host) ?? new Map<string, Repository>();
    hosts.set(host, repositories);
    const found = repositories.get(name) ?? {
      isPrivate: false,
      tags: new Map(),
      manifests: new Map(),
      blobs: new Map(),
      pullSeconds: undefined,
      fault: undefined,
    };
    repositories.set(name, found);
    return found;
  }

  function store(into: Repository, image: BuiltImage): void {
    for (const one of image.manifests) into.manifests.set(one.digest, one);
    for (const one of image.blobs) into.blobs.set(one.digest, one);
  }

  return {
    find: (host, name) => hosts.get(host)?.get(name),
    repositories: (host) => [...(hosts.get(host)?.keys() ?? [])].sort(),
    addImage(reference, options = {}) {
      const { host, repository: name, tag, full } = parsed(reference);
      const into = repository(host, name);
      const image = buildImage(
        options.seed ?? full,
        options.platforms ?? ['linux/amd64', 'linux/arm64'],
        options.layerSize ?? 20 * 1024,
      );
      store(into, image);
      if (tag !== undefined) into.tags.set(tag, image.root.digest);
      if (options.isPrivate !== undefined) into.isPrivate = options.isPrivate;
      if (options.fault !== undefined) into.fault = options.fault;
      if (options.pullSeconds !== undefined) into.pullSeconds = options.pullSeconds;
      return image.root.digest;
    },
    removeTag(reference) {
      const { host, repository: name, tag } = parsed(reference);
      return tag !== undefined && (hosts.get(host)?.get(name)?.tags.delete(tag) ?? false);
    },
    setPrivate(reference, isPrivate) {
      const { host, repository: name } = parsed(reference);
      repository(host, name).isPrivate = isPrivate;
    },
  };
}
