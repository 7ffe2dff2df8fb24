import { randomBytes } from 'node:crypto';

export type Json = Readonly<Record<string, unknown>>;

/** An interactive element and the block that holds it. */
export interface PlacedElement {
  readonly blockId: string;
  readonly block: Json;
  readonly element: Json;
}

function randomId(): string {
  return randomBytes(4).toString('base64url').slice(0, 5);
}

function withActionId(element: unknown): unknown {
  return typeof element === 'object' && element !== null && !('action_id' in element) && isInteractive(element as Json)
    ? { ...element, action_id: randomId() }
    : element;
}

function isInteractive({ type }: Json): boolean {
  return type !== 'image' && type !== 'mrkdwn' && type !== 'plain_text';
}

/** Blocks as Slack keeps them: each has a block_id, each interactive element an action_id. */
export function withIds(blocks: readonly Json[]): readonly Json[] {
  return blocks.map((block) => ({
    ...block,
    block_id: block['block_id'] ?? randomId(),
    ...(block['type'] === 'actions' ? { elements: (block['elements'] as readonly unknown[]).map(withActionId) } : {}),
    ...('accessory' in block ? { accessory: withActionId(block['accessory']) } : {}),
    ...(block['type'] === 'input' ? { element: withActionId(block['element']) } : {}),
  }));
}

/** Every interactive element, in the order in which it is drawn. */
export function elementsOf(blocks: readonly Json[]): readonly PlacedElement[] {
  return blocks.flatMap((block) => {
    const { type, elements, accessory, element } = block as {
      readonly type?: unknown;
      readonly elements?: readonly Json[];
      readonly accessory?: Json;
      readonly element?: Json;
    };
    const held = type === 'actions' ? (elements ?? []) : type === 'input' ? [element] : [accessory];
    return held.flatMap((one) =>
      one && isInteractive(one) ? [{ blockId: String(block['block_id']), block, element: one }] : [],
    );
  });
}
