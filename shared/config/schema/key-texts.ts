import * as z from 'zod/mini';

/** What a key means, for the error messages and for `docs/configuration.md`. */
export interface KeyText {
  readonly description: string;
  /** The default in words, where it depends on something else or is added to. */
  readonly defaultText?: string;
}

/** Every documented key of the schema; `infra/build/configuration-doc.ts` turns it into the page. */
export const keyTexts = z.registry<KeyText>();
