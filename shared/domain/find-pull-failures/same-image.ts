import { formatImageReference, parseImageReference } from '../image-reference.ts';

/** Whether two texts ask for the same image: `nginx` and `docker.io/library/nginx:latest` do. */
export function isSameImage(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a === b || canonicalImage(a) === canonicalImage(b);
}

/** The reference spelt out, or the text itself where it is not a reference. */
export function canonicalImage(text: string): string {
  const image = parseImageReference(text);
  if (image === undefined) return text;
  // A digest decides alone: the tag beside it is a comment.
  return formatImageReference(image.digest === undefined ? image : { ...image, tag: undefined, isTagExplicit: false });
}
