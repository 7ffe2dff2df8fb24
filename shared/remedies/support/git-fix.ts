import { parseImageReference } from '../../domain/image-reference.ts';
import { repositoryText } from './image-text.ts';

/** Stored with each member: a fix of many containers names the first. */
const MAX_CONTAINERS = 5;

/** What to change in Git for other images, as text to copy: for kustomize, and for plain manifests. */
export function imageGitFix(
  workload: string,
  owner: string,
  images: readonly { readonly name: string; readonly before: string; readonly after: string }[],
): string {
  const shown = images.slice(0, MAX_CONTAINERS);
  return [
    `# ${workload}, written by ${owner}`,
    '# kustomization.yaml (name as in your base):',
    'images:',
    ...shown.flatMap(({ before, after }) => [
      `  - name: ${yaml(repositoryText(before))}`,
      ...newVersion(before, after),
    ]),
    '# or in the manifest itself:',
    ...shown.flatMap(({ name, after }) => [`  - name: ${yaml(name)}`, `    image: ${yaml(after)}`]),
    ...(images.length > shown.length ? [`# and ${images.length - shown.length} more containers`] : []),
  ].join('\n');
}

/** What to change in Git for another list of pull secrets. */
export function pullSecretGitFix(object: string, owner: string, names: readonly string[]): string {
  return [
    `# ${object}, written by ${owner}`,
    'imagePullSecrets:',
    ...names.map((name) => `  - name: ${yaml(name)}`),
  ].join('\n');
}

function newVersion(before: string, after: string): readonly string[] {
  const image = parseImageReference(after);
  const renamed =
    repositoryText(before) === repositoryText(after) ? [] : [`    newName: ${yaml(repositoryText(after))}`];
  if (image?.digest !== undefined) return [...renamed, `    digest: ${yaml(image.digest)}`];
  return [...renamed, `    newTag: ${yaml(image?.tag ?? 'latest', true)}`];
}

/** A tag like `1.20` or `1e3` would be read as a number. */
function yaml(text: string, isTag = false): string {
  return !isTag && /^[A-Za-z][\w./:@-]*$/.test(text) ? text : JSON.stringify(text);
}
