/** Slack's limits for a modal view (docs.slack.dev/reference/views/modal-views). Characters = UTF-16 units. */
export const VIEW_LIMITS = {
  blocks: 100,
  /** Of the title and of both buttons. */
  label: 24,
  callbackId: 255,
  state: 3_000,
  /** All of it as JSON: 250 kB. */
  bytes: 250_000,
  options: 100,
  optionText: 75,
  optionValue: 150,
} as const;
