/** A kind of registry, recognised by its host name alone. One file each in `hosts/`. */
export interface HostFamily {
  readonly id: string;
  /** As people call it: `Docker Hub`, `Amazon ECR`. */
  readonly name: string;
  /**
   * Nodes of its own cloud usually pull with an identity of their own (a credential provider of the kubelet), so that a
   * pod without a pull secret is no fault by itself.
   */
  readonly hasNodeCredentials: boolean;
  /** Everything in it is public: a 401 or 403 is never about credentials. */
  readonly isPublicOnly: boolean;
  /** Whether it answers alike for "no such repository" and "no access". */
  readonly hidesPrivate: boolean;
  /** `undefined`: its hosts are asked only where the configuration names them (or, ECR, the account). */
  readonly publicService: PublicService | undefined;
  /** @param host lower case, without port @returns what the name tells, `undefined` where it is not of this family */
  match(host: string): HostDetails | undefined;
}

/** A well-known public service: it may be asked without configuration, and this is where it sends its clients. */
export interface PublicService {
  /** Where the API is, for names that stand for another one: `docker.io` ─▶ `registry-1.docker.io`. */
  readonly apiHosts?: Readonly<Record<string, string>> | undefined;
  /** Token services that its hosts name beside themselves: credentials of this service may be sent there. */
  readonly realmHosts: readonly string[];
  /** Hosts, exact or `*.example.com`, that serve its manifests and blobs. They are never sent a credential. */
  readonly redirectHosts: readonly string[];
}

/** What some host names tell besides their family. */
export interface HostDetails {
  /** ECR: the 12 digits of the account. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

/** A registry host and what is known of it by its name. */
export interface RegistryHost extends HostDetails {
  readonly host: string;
  readonly family: string;
  readonly name: string;
  readonly hasNodeCredentials: boolean;
  readonly isPublicOnly: boolean;
  readonly hidesPrivate: boolean;
}
