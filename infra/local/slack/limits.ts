/**
 * Slack's documented limits, as its Web API enforces them.
 * Source: docs.slack.dev/reference/block-kit and /reference/methods/chat.postMessage; the total was measured (bolt-js#2509).
 */
export const SLACK_LIMITS = {
  blocksInMessage: 50,
  blocksInView: 100,
  sectionTextCharacters: 3_000,
  sectionFields: 10,
  fieldCharacters: 2_000,
  headerCharacters: 150,
  contextElements: 10,
  contextTextCharacters: 3_000,
  actionsElements: 25,
  buttonTextCharacters: 75,
  buttonValueCharacters: 2_000,
  urlCharacters: 3_000,
  overflowOptions: 5,
  optionTextCharacters: 75,
  optionValueCharacters: 150,
  idCharacters: 255,
  /** All blocks of a message together, as JSON. */
  blocksCharacters: 13_200,
  messageTextCharacters: 40_000,
  metadataCharacters: 8_000,
  viewTitleCharacters: 24,
} as const;
