import { canonicalImage } from '../domain/find-pull-failures/same-image.ts';
import { type ImageReference, parseImageReference } from '../domain/image-reference.ts';
import { type Instant, parseInstant } from '../domain/instant.ts';
import type { ContainerKind } from '../domain/pull-failure.ts';
import {
  isMadeOf,
  type OwnerName,
  type PlacedPodSpec,
  type PreflightPod,
  type PreflightServiceAccount,
  type PreflightWorkload,
  secretNamesOf,
} from './objects.ts';
import type { PreflightSnapshot } from './snapshot.ts';

/** A pod whose container runs, or ran, with the image of a use. */
export interface RunningUse {
  readonly pod: string;
  readonly node: string | undefined;
  /** `sha256:…` that the runtime reports, with the repository where it tells. */
  readonly digest: string | undefined;
  readonly digestOf: string | undefined;
  readonly startedAt: Instant | undefined;
}

/** One image of one workload: what the kubelet would pull for its next pod, with which secrets, and where. */
export interface ImageUse {
  readonly namespace: string;
  readonly workload: OwnerName;
  readonly container: string;
  readonly containerKind: ContainerKind;
  readonly imageText: string;
  /** `undefined` where no parser takes it. */
  readonly image: ImageReference | undefined;
  /** The spelt-out reference: the same for every way to write it. */
  readonly canonical: string;
  readonly policy: 'Always' | 'IfNotPresent' | 'Never';
  readonly serviceAccountName: string;
  readonly pullSecretNames: readonly string[];
  /** The names are the ServiceAccount's, which the pod gets at its creation. */
  readonly isByServiceAccount: boolean;
  /** Whether those names are all that there are: false where the ServiceAccount was not read. */
  readonly knowsSecretNames: boolean;
  readonly spec: PlacedPodSpec;
  /** `undefined` = not told. */
  readonly replicas: number | undefined;
  readonly managedBy: string | undefined;
  readonly running: readonly RunningUse[];
}

interface Draft extends ImageUse {
  readonly running: RunningUse[];
}

/** Every image of every workload, and what only pods name: bare ones, those of custom controllers, injected containers. */
export function listImageUses(snapshot: PreflightSnapshot): readonly ImageUse[] {
  const accounts = new Map(snapshot.serviceAccounts.map((one) => [`${one.namespace}/${one.name}`, one]));
  const drafts = new Map<string, Draft>();
  const imagesOf = createImageReader();
  const add = (place: Omit<ImageUse, keyof ContainerImage | 'running'>, images: readonly ContainerImage[]) => {
    for (const image of images) {
      const key = keyOf(place.namespace, place.workload, image);
      if (!drafts.has(key)) drafts.set(key, { ...place, ...image, running: [] });
    }
  };
  for (const workload of snapshot.workloads) {
    if (workload.isOver || isMadeOf(workload.kind, workload.owner)) continue;
    const { namespace, kind, name, template, replicas, managedBy } = workload;
    const secrets = secretsOf(namespace, template, accounts, snapshot.knowsServiceAccounts);
    add({ namespace, workload: { kind, name }, spec: template, replicas, managedBy, ...secrets }, imagesOf(template));
  }
  const owners = topOwners(snapshot.workloads);
  for (const pod of snapshot.pods) {
    if (pod.isOver) continue;
    const { namespace, spec } = pod;
    const workload = topOwnerOf(pod, owners);
    const managedBy = undefined;
    const images = imagesOf(spec);
    const pullSecretNames = secretNamesOf(spec);
    const serviceAccountName = spec.serviceAccountName ?? 'default';
    const secrets = { serviceAccountName, pullSecretNames, isByServiceAccount: false, knowsSecretNames: true };
    const unknown = images.filter((image) => !drafts.has(keyOf(namespace, workload, image)));
    if (unknown.length > 0) {
      // A bare pod stays where it is; the next one of a workload may be elsewhere.
      const placed = workload.kind === 'Pod' && pod.node !== undefined ? { ...spec, nodeName: pod.node } : spec;
      add({ namespace, workload, spec: placed, replicas: undefined, managedBy, ...secrets }, unknown);
    }
    for (const image of images) {
      const running = runningUse(pod, image);
      if (running !== undefined) drafts.get(keyOf(namespace, workload, image))?.running.push(running);
    }
  }
  return [...drafts.values()];
}

type ContainerImage = Pick<ImageUse, 'container' | 'containerKind' | 'imageText' | 'image' | 'canonical' | 'policy'>;

/** Thousands of pods have the same few hundred images: each name is parsed once. */
function createImageReader(): (spec: PlacedPodSpec) => readonly ContainerImage[] {
  const names = new Map<string, ImageName>();
  const nameOf = (imageText: string): ImageName => {
    const known = names.get(imageText);
    if (known !== undefined) return known;
    const name = { imageText, image: parseImageReference(imageText), canonical: canonicalImage(imageText) };
    names.set(imageText, name);
    return name;
  };
  return (spec) =>
    [
      ...(spec.initContainers ?? []).map((one) => imageOf(nameOf, one.name, 'init', one.image, one.imagePullPolicy)),
      ...(spec.containers ?? []).map((one) => imageOf(nameOf, one.name, 'container', one.image, one.imagePullPolicy)),
      ...(spec.volumes ?? []).map((one) =>
        imageOf(nameOf, one.name, 'image-volume', one.image?.reference, one.image?.pullPolicy),
      ),
    ].filter((one) => one !== undefined);
}

type ImageName = Pick<ImageUse, 'imageText' | 'image' | 'canonical'>;

/** @returns `undefined` for a container without an image: what fills it in later is not known here */
function imageOf(
  nameOf: (text: string) => ImageName,
  container: string,
  containerKind: ContainerKind,
  imageText: string | undefined,
  policy: string | undefined,
): ContainerImage | undefined {
  if (imageText === undefined || imageText === '') return undefined;
  const name = nameOf(imageText);
  return { ...name, container, containerKind, policy: policyOf(policy, name) };
}

/** What the API server fills in where nothing is written. */
function policyOf(written: string | undefined, { image }: ImageName): ImageUse['policy'] {
  if (written === 'Always' || written === 'Never' || written === 'IfNotPresent') return written;
  return image?.tag === 'latest' && image.digest === undefined ? 'Always' : 'IfNotPresent';
}

function secretsOf(
  namespace: string,
  template: PlacedPodSpec,
  accounts: ReadonlyMap<string, PreflightServiceAccount>,
  knowsServiceAccounts: boolean,
): Pick<ImageUse, 'serviceAccountName' | 'pullSecretNames' | 'isByServiceAccount' | 'knowsSecretNames'> {
  const serviceAccountName = template.serviceAccountName ?? 'default';
  const own = secretNamesOf(template);
  if (own.length > 0) {
    return { serviceAccountName, pullSecretNames: own, isByServiceAccount: false, knowsSecretNames: true };
  }
  const account = accounts.get(`${namespace}/${serviceAccountName}`);
  return {
    serviceAccountName,
    pullSecretNames: account?.pullSecretNames ?? [],
    isByServiceAccount: true,
    knowsSecretNames: account !== undefined || knowsServiceAccounts,
  };
}

function topOwners(workloads: readonly PreflightWorkload[]): ReadonlyMap<string, OwnerName> {
  return new Map(
    workloads.flatMap(({ kind, namespace, name, owner }) =>
      owner === undefined ? [] : [[`${namespace}/${kind}/${name}`, owner] as const],
    ),
  );
}

function topOwnerOf({ namespace, name, owner, templateHash }: PreflightPod, owners: ReadonlyMap<string, OwnerName>) {
  if (owner === undefined) return { kind: 'Pod', name };
  const above = owners.get(`${namespace}/${owner.kind}/${owner.name}`);
  if (above !== undefined) return above;
  // Only the Deployment controller sets this label, and it names its ReplicaSets <deployment>-<hash>.
  const isOfDeployment =
    owner.kind === 'ReplicaSet' && templateHash !== undefined && owner.name.endsWith(`-${templateHash}`);
  if (isOfDeployment) return { kind: 'Deployment', name: owner.name.slice(0, -templateHash.length - 1) };
  return owner;
}

function runningUse({ name, node, statuses }: PreflightPod, image: ContainerImage): RunningUse | undefined {
  if (image.containerKind === 'image-volume') return undefined;
  const status = statuses.find((one) => one.name === image.container);
  const { running, terminated } = status?.state ?? {};
  if (status === undefined || (running === undefined && terminated === undefined)) return undefined;
  const [, digestOf, digest] =
    /^(?:docker-pullable:\/\/)?(?:(.+)@)?(sha\d{3}:[0-9a-f]{64,128})$/.exec(status.imageID ?? '') ?? [];
  return {
    pod: name,
    node,
    // A digest without a repository is the image's configuration, which no registry names.
    digest: digestOf === undefined ? undefined : digest,
    digestOf,
    startedAt: parseInstant(running?.startedAt),
  };
}

function keyOf(namespace: string, { kind, name }: OwnerName, { container, containerKind, imageText }: ContainerImage) {
  return JSON.stringify([namespace, kind, name, containerKind, container, imageText]);
}
