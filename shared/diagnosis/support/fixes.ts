import type { Fix } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';

/** A fix for this failure. Commands that could not be built safely are left out. */
export function now(id: string, title: string, ...commands: readonly (string | undefined)[]): Fix {
  return { id, title, commands: commands.filter((command) => command !== undefined), kind: 'now' };
}

/** A fix that keeps it from coming back. */
export function lasting(id: string, title: string, ...commands: readonly (string | undefined)[]): Fix {
  return { id, title, commands: commands.filter((command) => command !== undefined), kind: 'lasting' };
}

/** The fixes that apply, in this order. */
export function fixesOf(...fixes: readonly (Fix | undefined)[]): readonly Fix[] {
  return fixes.filter((fix) => fix !== undefined);
}

/** A new pod pulls at once; the stuck one waits out its back-off, up to 5 minutes. */
export function restartPod({ namespace, pod }: PullFailure): string | undefined {
  if (namespace === undefined || pod === undefined) return undefined;
  return shellCommand`kubectl -n ${namespace} delete pod ${pod.name}`;
}

/** Where the image is set, for whoever has to correct it. */
export function setImage(failure: PullFailure, image: string): string | undefined {
  const { namespace, workload, container } = failure;
  if (namespace === undefined || workload === undefined || container === undefined) return undefined;
  if (!['Deployment', 'StatefulSet', 'DaemonSet'].includes(workload.kind) || container.kind === 'image-volume') {
    return undefined;
  }
  const assignment = `${container.name}=${image}`;
  return shellCommand`kubectl -n ${namespace} set image ${`${workload.kind.toLowerCase()}/${workload.name}`} ${assignment}`;
}

/** Back to what ran before, where a previous revision's image is known and nothing would undo it. */
export function putBack(failure: PullFailure): Fix | undefined {
  const { workload, imageText } = failure;
  if (workload?.previousImage === undefined || workload.previousImage === imageText) return undefined;
  return correctImage(failure, 'put-back', 'Put back the image that ran before', workload.previousImage);
}

/** Sets another image, or says where to: what a GitOps tool owns it would set back. */
export function correctImage(failure: PullFailure, id: string, title: string, image: string): Fix {
  const owner = failure.workload?.managedBy;
  if (owner === undefined) return now(id, `${title}: ${image}`, setImage(failure, image));
  const inGit = `${title}, in Git: ${image} (${owner} would undo a change in the cluster)`;
  return now(id === 'put-back' ? 'fix-in-git' : id, inGit);
}

/** Asks a registry from the node, with what the node has: the only place from which the network's faults are proven. */
export function askFromNode(failure: PullFailure, host: string): string | undefined {
  // `registryHost` of a text that names none.
  if (host === 'unknown') return undefined;
  const node = failure.node?.name ?? failure.pod?.nodeName;
  const url = `https://${host}/v2/`;
  if (node === undefined) return shellCommand`curl -sS -o /dev/null -w '%{http_code}\\n' ${url}`;
  return shellCommand`kubectl debug ${`node/${node}`} -it --image=curlimages/curl -- curl -sS -o /dev/null -w '%{http_code}\\n' ${url}`;
}

/** What the node itself reports. */
export function describeNode(failure: PullFailure): string | undefined {
  const node = failure.node?.name ?? failure.pod?.nodeName;
  return node === undefined ? undefined : shellCommand`kubectl describe node ${node}`;
}

/** The tags or manifests that the registry has, with skopeo: works for every registry and every login. */
export function listTags({ image }: PullFailure): string | undefined {
  return image === undefined
    ? undefined
    : shellCommand`skopeo list-tags ${`docker://${image.registry}/${image.repository}`}`;
}

export function inspectImage({ image, imageText }: PullFailure): string | undefined {
  const text = imageText ?? image?.raw;
  return text === undefined ? undefined : shellCommand`skopeo inspect --raw ${`docker://${text}`}`;
}
