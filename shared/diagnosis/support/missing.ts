import type { PullFailure } from '../../domain/pull-failure.ts';
import { authAnswer } from './auth-answer.ts';
import { networkFault } from './network-fault.ts';
import { oncePer } from './once-per.ts';
import { isCutShort, says, wordsOf } from './words.ts';

/** What a registry that did answer says it does not have. */
export type Missing = 'tag' | 'digest' | 'repository' | 'manifest-in-index' | 'blob' | 'platform';

/**
 * Reads which thing is absent. `not found` alone means a tag, a digest, a repository, a manifest that an index points to,
 * a layer or a platform, depending on the step and on what was asked.
 */
export const missing = oncePer((failure: PullFailure): Missing | undefined => {
  const { error } = failure;
  if (saysPlatform(failure)) return 'platform';
  if (error.peer === 'resolver' || error.peer === 'proxy' || error.peer === 'runtime') return undefined;
  // At the end of an unpack or snapshot error, `: not found` is about something on the node.
  if (error.stage === 'unpack' || error.stage === 'policy' || error.stage === 'parse') return undefined;
  if (authAnswer(error) !== undefined || networkFault(error) !== undefined) return undefined;
  if (saysBlob(failure)) return 'blob';
  if (saysManifestInIndex(failure)) return isAskedByDigest(failure) ? 'digest' : 'manifest-in-index';
  if (saysRepository(failure)) return 'repository';
  if (saysManifest(failure)) return isAskedByDigest(failure) ? 'digest' : 'tag';
  return undefined;
});

/** Whether the pod pins the image by digest. */
export function isAskedByDigest({ image, imageText, error }: PullFailure): boolean {
  if (image !== undefined) return image.digest !== undefined;
  return (
    (imageText ?? error.image ?? '').includes('@sha256:') ||
    /(?:manifestfor|resol?vereference|readingmanifest|^)[^\s:]{0,512}(?:@|manifest)sha256:[0-9a-f]{0,128}(?:in|notfound|:)/.test(
      wordsOf(error),
    )
  );
}

/** containerd, dockerd, containers-image, buildkit, and Windows images on the wrong kernel. */
function saysPlatform({ error }: PullFailure): boolean {
  return (
    says(
      error,
      'no match for platform',
      'no matching manifest for',
      'no image found in manifest list for',
      'no image found in image index for',
      'no matching platform',
      'cannot be used on this platform',
      'does not match the specified platform',
      'does not provide the specified platform',
      'does not match host platform',
      'does not match the detected host platform',
      'no suitable image found in manifest list',
      'no supported platform found',
      '-based image is incompatible with a',
      'does not match the host operating system',
      'no child with platform',
    ) ||
    /(?:no|not)[a-z]{0,30}match(?:es|ing)?(?:the|any)?platform/.test(wordsOf(error)) ||
    /nomanifestfound(?:forplatform|forarchitecture)|notsupportedonthisplatform|imagearchitecture\S{0,40}mismatch/.test(
      wordsOf(error),
    )
  );
}

function saysAbsent(words: string): boolean {
  return /notfound|:404|404:|http404|statuscode404|(?:manifest|blob|name)_?unknown|unknownblob|doesnotexist|nosuchkey/.test(
    words,
  );
}

function saysBlob({ error }: PullFailure): boolean {
  const words = wordsOf(error);
  if (error.code === 'BLOB_UNKNOWN') return true;
  if (!saysAbsent(words)) return false;
  if (/contentdescriptor/.test(words)) return /rootfs|\.layer\.|\.config\.|container\.image\.v1\+json/.test(words);
  if (error.httpStatus !== undefined && error.httpStatus !== 404) return false;
  if (/\/blobs\/|(?:reading|fetching|copying|writing)blob|imageconfiguration|nosuchkey/.test(words)) return true;
  // Registries send layers from an object store, under paths of their own.
  return (
    error.stage === 'fetch' && error.url !== undefined && !/\/manifests\//.test(error.url) && error.httpStatus === 404
  );
}

function saysManifestInIndex({ error }: PullFailure): boolean {
  const words = wordsOf(error);
  if (error.httpStatus !== undefined && error.httpStatus !== 404) return false;
  if (!saysAbsent(words)) return false;
  if (/contentdescriptor/.test(words)) return /manifest|image\.index|json/.test(words);
  if (error.stage === 'fetch' && /\/manifests\/sha256/.test(words)) return true;
  return /readingmanifestsha256|manifestlist\S{0,200}readingmanifest/.test(words);
}

function saysRepository({ error }: PullFailure): boolean {
  if (error.code === 'NAME_UNKNOWN') return true;
  const words = wordsOf(error);
  // Docker 1.x: `Tag X not found in repository Y` is about the tag.
  if (/notfoundinrepository|,tag\S{0,140}notfound/.test(words)) return false;
  return (
    /(?:^|[:,])(?:the)?(?:repository|repo|project|namespace)(?:withname)?[^:,]{0,300}(?:notfound|doesnotexist|isnotfound)/.test(
      words,
    ) ||
    /^image\S{1,1024}notfound\.?$/.test(words) ||
    says(
      error,
      'repository not found',
      'project not found',
      'RepositoryNotFoundException',
      'NoSuchRepository',
      '404 page not found',
    ) ||
    // An answer that is not a registry's at all: the path leads to no registry.
    (error.httpStatus === 404 && error.code === undefined && says(error, 'error parsing HTTP 404'))
  );
}

function saysManifest({ error }: PullFailure): boolean {
  const words = wordsOf(error);
  if (error.code === 'MANIFEST_UNKNOWN') return true;
  if (
    (words.includes('notfound') &&
      /manifest(?:for|taggedby)\S{1,1100}notfound|artifact[^:]{1,300}(?::[\w.-]{1,128})?notfound|notfoundinrepository/.test(
        words,
      )) ||
    says(
      error,
      'no such manifest',
      'resource not found',
      'was deleted or has expired',
      'requested image not found',
      'ImageNotFoundException',
      'tag does not exist',
      'tag not found',
      'must be pulled with an explicit version',
    )
  ) {
    return true;
  }
  if (error.httpStatus === 404 && error.stage !== 'fetch') return true;
  // gRPC's code says it too, where the words were cut off.
  const isByCode = error.rpcCode === 'NotFound' && (error.stage === 'resolve' || isCutShort(error));
  const isAtTheEnd = /notfound[.\])}]*$/.test(words) || isByCode;
  if (!isAtTheEnd || says(error, 'file or directory', 'executable file', 'secret', 'snapshot', 'network')) return false;
  return error.stage === 'resolve' || error.rpcCode === 'NotFound' || error.stage === undefined;
}
