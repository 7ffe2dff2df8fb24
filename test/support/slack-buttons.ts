import { elementsOf, type Json } from '../../infra/local/slack/elements.ts';

/** Something to press in a message. */
export interface SlackButton {
  readonly actionId: string;
  /** Of a menu's option. */
  readonly value: string | undefined;
  readonly text: string;
}

/** All buttons and menu entries, in their order. */
export function buttonsIn(blocks: readonly Json[]): readonly SlackButton[] {
  return elementsOf(blocks).flatMap(({ element }): readonly SlackButton[] => {
    const actionId = String(element['action_id']);
    const { options, text } = element as { readonly options?: readonly Json[]; readonly text?: Json };
    if (options === undefined) return [{ actionId, value: undefined, text: String(text?.['text']) }];
    return options.map((option) => ({
      actionId,
      value: String(option['value']),
      text: String((option['text'] as Json)['text']),
    }));
  });
}
