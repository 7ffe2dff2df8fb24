/** Of a button, without the `…` that follows it. */
const MAX_LABEL = 40;

/** The first of the texts that fits on a button. */
export function labelOf(...texts: readonly string[]): string {
  return texts.find((text) => [...text].length <= MAX_LABEL) ?? [...(texts.at(-1) ?? '')].slice(0, MAX_LABEL).join('');
}

/** `1 pod`, `3 pods`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
