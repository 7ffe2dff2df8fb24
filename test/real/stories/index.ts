import type { Story } from './story.ts';

/** The namespace that Prometheus does not see. */
export const UNSEEN_NAMESPACE = 'no-alert';

export const STORIES: readonly Story[] = [];
