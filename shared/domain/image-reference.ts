/** An image reference with Docker's defaulting rules applied: what the runtime really asks for. */
export interface ImageReference {
  /** As written in the pod. */
  readonly raw: string;
  /** Registry host as written or defaulted, with its port: `docker.io`, `ghcr.io`, `127.0.0.1:5000`. */
  readonly registry: string;
  /** Path in that registry, `library/` added for Docker Hub's official images. */
  readonly repository: string;
  /** The tag, `latest` where neither tag nor digest is written; `undefined` where only a digest is written. */
  readonly tag: string | undefined;
  /** `sha256:…`; it wins over the tag. */
  readonly digest: string | undefined;
  /** Whether the tag was written, not defaulted. */
  readonly isTagExplicit: boolean;
}
