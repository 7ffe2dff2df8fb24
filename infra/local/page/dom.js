/**
 * Builds an element. Strings become text nodes: nothing that comes from a cluster is ever parsed as HTML.
 * @param {string} tag
 * @param {Record<string, unknown>} attributes `on…` = listener, `class`, others as attributes; undefined and false are left out
 * @param {...(Node | string | undefined)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** `14:05`, in UTC as the messages write it. */
export function clockTime(milliseconds) {
  return new Date(milliseconds).toISOString().slice(11, 16);
}

/** Slack's `1700000000.000100` as milliseconds. */
export function timeOfTs(ts) {
  return Number.parseFloat(ts) * 1000;
}
