import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Cause } from '../cause.ts';
import { fact, named, runtimeSays } from '../support/evidence.ts';
import { fixesOf, lasting, now, putBack } from '../support/fixes.ts';
import { imageSubject } from '../support/subjects.ts';
import { plainWords } from '../support/text.ts';
import { says } from '../support/words.ts';

/** The reference cannot be parsed; nothing was asked of a registry. */
export const invalidImageName: Cause = {
  id: 'invalid-image-name',
  title: 'Image reference cannot be parsed',
  family: 'image-name',
  details: ['unexpanded-variable', 'upper-case', 'scheme', 'white-space'],
  specificity: 90,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/invalid-image-name.md',
  subject: imageSubject,

  match(failure) {
    const { error, reason } = failure;
    if (says(error, 'short-name', 'short name mode')) return undefined;
    const isByKubelet = reason === 'InvalidImageName' || says(error, 'Failed to apply default image tag');
    const isInText = says(
      error,
      'invalid reference format',
      "couldn't parse image",
      'repository name must be lowercase',
      'repository name must be canonical',
      'invalid repository name',
      'invalid namespace name',
      'invalid tag format',
      'invalid image name',
      'object required',
      'unsupported digest algorithm',
      '64-byte hexadecimal',
    );
    if (!isByKubelet && !isInText) return undefined;
    // The kubelet parses the reference itself, before anything is asked: its word is the proof.
    const problem = problemOf(failure);
    return {
      confidence: isByKubelet ? 'certain' : 'likely',
      ...(problem?.detail === undefined ? {} : { detail: problem.detail }),
      evidence: [runtimeSays(failure), ...(problem === undefined ? [] : [fact(problem.text, 'image reference')])],
      ...(problem?.phrase === undefined ? {} : { phrase: `${notValid(failure)}: ${problem.phrase}` }),
    };
  },

  phrase: notValid,

  fixes: (failure) =>
    fixesOf(
      putBack(failure),
      now('correct-name', 'Correct the image name in the workload: lower case, no scheme, one tag, no blanks'),
      lasting(
        'validate-names',
        'Let CI parse rendered manifests: an unset variable in a template is the usual source',
        TEMPLATES,
      ),
    ),
};

function notValid({ imageText }: PullFailure): string {
  return `image name ${plainWords(imageText ?? '', 30)} is not valid`.replace('  ', ' ');
}

const TEMPLATES = "grep -rnE 'image: *(\"?(None|null|undefined|<no value>)|.*://)' manifests/";

/** What is wrong with it, where that can be told. */
interface Problem {
  readonly detail?: string;
  readonly text: string;
  /** Ends the phrase. */
  readonly phrase?: string;
}

/** `${TAG}`, `$(TAG)`, `$TAG`, `{{ .Values.tag }}`, `<tag>`, `%TAG%`, and what renderers print for nothing. */
const VARIABLE =
  /\$\{[^}]{0,200}\}?|\$\([^)]{0,200}\)?|\$[A-Za-z_]\w{0,100}|\{\{.{0,200}|<[^<>]{0,100}>|%\w{1,100}%|__\w{1,100}__/;

function problemOf({ imageText, error }: PullFailure): Problem | undefined {
  const name = imageText ?? error.image;
  if (name === undefined) return undefined;
  const variable = VARIABLE.exec(name)?.[0];
  if (variable !== undefined) {
    return {
      detail: 'unexpanded-variable',
      text: `${named(variable)} stands in it: a variable or placeholder that nothing filled in`,
      phrase: 'unset variable',
    };
  }
  if (name.includes('://')) {
    return {
      detail: 'scheme',
      text: 'it begins with a scheme, which image names never have',
      phrase: 'a scheme',
    };
  }
  if (/[^\u0021-\u007e]/.test(name)) {
    return {
      detail: 'white-space',
      text: 'it holds a blank or an invisible character',
      phrase: 'white space',
    };
  }
  if (/[A-Z]/.test(repositoryPart(name))) {
    return {
      detail: 'upper-case',
      text: 'it holds upper-case letters before the tag',
      phrase: 'upper case',
    };
  }
  if (name.startsWith('/')) return { text: 'it begins with a slash: the registry is missing' };
  if (name.split('/').at(-1)?.split(':').length === 3) return { text: 'it has two tags' };
  return undefined;
}

/** Without the registry, whose name may be in any case, and without the tag. */
function repositoryPart(name: string): string {
  const slash = name.indexOf('/');
  const path = slash > 0 && /[.:]/.test(name.slice(0, slash)) ? name.slice(slash + 1) : name;
  return path.split(/[:@]/)[0] ?? '';
}
