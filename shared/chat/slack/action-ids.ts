/**
 * What Slack sends back for a click. A button's value is an id that means nothing by itself: everything else is looked
 * up, so that an old or forged one can do nothing.
 */
export const ACTIONS = {
  /** Buttons `offer/1`, `offer/2`, …: value = offer id. Opens the dialog. */
  offerPrefix: 'offer/',
  /** `I'm on it`: value = incident id. */
  take: 'take',
  /** The overflow menu: the option's value is `<what>:<id>`, see MORE. */
  more: 'more',
  /** `Show Git fix`: value = incident id. */
  gitFix: 'git-fix',
  /** In the dialog of a remedy: another choice was made; the option's value is the choice. */
  choice: 'choice',
} as const;

/** Prefixes of the overflow menu's values. */
export const MORE = {
  offer: 'offer:',
  gitFix: 'git-fix:',
  notIt: 'not-it:',
  /** Ends `I'm on it`. */
  giveBack: 'give-back:',
  /** Mutes the incident for a day, or ends that. */
  mute: 'mute:',
} as const;

/** `callback_id` of dialogs, and the blocks whose input comes back. */
export const DIALOGS = {
  remedy: 'remedy',
  notIt: 'not-it',
  /** Nothing comes back of these. */
  info: 'info',
  typedNameBlock: 'typed-name',
  wordsBlock: 'words',
  choiceBlock: 'choice',
} as const;
