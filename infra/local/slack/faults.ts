/**
 * What can go wrong with a call to Slack.
 * - `http-500`: refused before anything happened · `hang`: no answer for `seconds` (nothing happens)
 * - `lost-answer`: it happened, and the connection breaks before the answer · `slow`: it happens after `seconds`
 * - `ratelimited`: 429 with Retry-After `seconds`
 */
export interface SlackFault {
  readonly kind: 'http-500' | 'hang' | 'lost-answer' | 'slow' | 'ratelimited';
  /** A method such as `chat.postMessage`; `*` = every one. */
  readonly method: string;
  /** How many calls it hits; `undefined` = until cleared. */
  readonly times?: number | undefined;
  readonly seconds?: number | undefined;
}

export interface SlackFaults {
  add(fault: SlackFault): void;
  clear(): void;
  /** The fault that hits this call, used up once. */
  take(method: string): SlackFault | undefined;
}

export function createFaults(): SlackFaults {
  let active: { readonly fault: SlackFault; left: number }[] = [];
  return {
    add(fault) {
      active.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
    },
    clear() {
      active = [];
    },
    take(method) {
      const hit = active.find(({ fault }) => fault.method === '*' || fault.method === method);
      if (!hit) return undefined;
      hit.left -= 1;
      if (hit.left <= 0) active = active.filter((one) => one !== hit);
      return hit.fault;
    },
  };
}
