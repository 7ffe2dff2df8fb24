import { elementsOf, type Json } from './elements.ts';

/** `state.values` of a view: by block_id, then by action_id, as Slack sends it. */
export type ViewState = Readonly<Record<string, Readonly<Record<string, Json>>>>;

/** What an element holds before anybody touched it; `undefined` = it holds nothing that comes back. */
function initialValue(element: Json): Json | undefined {
  const { type } = element as { type?: unknown };
  if (type === 'plain_text_input') return { type, value: (element['initial_value'] as string | undefined) ?? null };
  if (type === 'static_select') return { type, selected_option: element['initial_option'] ?? null };
  return undefined;
}

/**
 * The state of a view's inputs.
 * @param before of the view that it replaces: an input of the same block_id and action_id keeps what was typed
 */
export function stateOf(blocks: readonly Json[], before: ViewState = {}): ViewState {
  const state: Record<string, Record<string, Json>> = {};
  for (const { blockId, element } of elementsOf(blocks)) {
    const actionId = String(element['action_id']);
    const initial = initialValue(element);
    if (initial === undefined) continue;
    const kept = before[blockId]?.[actionId];
    const value = kept !== undefined && kept['type'] === initial['type'] ? kept : initial;
    state[blockId] = { ...state[blockId], [actionId]: value };
  }
  return state;
}
