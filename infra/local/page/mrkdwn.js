import { element } from './dom.js';

/** Shortcodes that messages use; any other stands as written. */
const EMOJI = {
  red_circle: '🔴',
  large_orange_circle: '🟠',
  large_yellow_circle: '🟡',
  large_green_circle: '🟢',
  warning: '⚠️',
  white_check_mark: '✅',
  eyes: '👀',
  mag: '🔍',
  wrench: '🔧',
  bell: '🔔',
  thread: '🧵',
};

/** Names by id, for mentions that carry none. */
let names = new Map();

/** @param {{id: string, name: string}[]} known channels and people of the workspace */
export function knowNames(known) {
  names = new Map(known.map(({ id, name }) => [id, name]));
}

/** Slack's mrkdwn as DOM nodes: text nodes and a few elements, never HTML text. */
export function mrkdwn(text) {
  const fragment = document.createDocumentFragment();
  const parts = text.split(/```/);
  parts.forEach((part, index) => {
    // An odd part stands between two fences; a last fence that is never closed is plain text, as in Slack.
    if (index % 2 === 1 && index < parts.length - 1) {
      fragment.append(element('pre', {}, decode(plainLinks(part.replace(/^\n/, '').replace(/\n$/, '')))));
    } else {
      fragment.append(...lines(index % 2 === 1 ? `\`\`\`${part}` : part, index > 0));
    }
  });
  return fragment;
}

function lines(text, isAfterFence) {
  const nodes = [];
  let quote;
  const all = (isAfterFence ? text.replace(/^\n/, '') : text).split('\n');
  all.forEach((line, index) => {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(element('br'));
      else {
        quote = element('blockquote');
        nodes.push(quote);
      }
      quote.append(...inline(quoted[1]));
      return;
    }
    const wasQuote = quote !== undefined;
    quote = undefined;
    if (index > 0 && !wasQuote) nodes.push(element('br'));
    nodes.push(...inline(line));
  });
  return nodes;
}

/** One line: code first (nothing inside it is markup), then links and mentions, then bold, italic and strike. */
function inline(line) {
  const nodes = [];
  const token =
    /`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*([^*\n]+)\*(?![\w*])|(?<![\w_])_([^_\n]+)_(?![\w_])|(?<![\w~])~([^~\n]+)~(?![\w~])|:([a-z0-9_+-]+):/g;
  let end = 0;
  for (const match of line.matchAll(token)) {
    nodes.push(decode(line.slice(end, match.index)));
    end = match.index + match[0].length;
    const [whole, code, angle, bold, italic, strike, emoji] = match;
    if (code !== undefined) nodes.push(element('code', {}, decode(plainLinks(code))));
    else if (angle !== undefined) nodes.push(reference(angle));
    else if (bold !== undefined) nodes.push(element('b', {}, ...inline(bold)));
    else if (italic !== undefined) nodes.push(element('i', {}, ...inline(italic)));
    else if (strike !== undefined) nodes.push(element('s', {}, ...inline(strike)));
    else nodes.push(EMOJI[emoji] ?? whole);
  }
  nodes.push(decode(line.slice(end)));
  return nodes;
}

/** `<url|label>`, `<@U1>`, `<#C1|name>`, `<!subteam^S1>`, `<!here>`, `<!date^…^…|fallback>`. */
function reference(inner) {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? undefined : inner.slice(bar + 1);
  if (/^https?:\/\//.test(target)) {
    return element(
      'a',
      { href: decode(target), rel: 'noreferrer noopener', target: '_blank' },
      decode(label ?? target),
    );
  }
  if (target.startsWith('!date^')) return decode(label ?? target);
  const id = target.replace(/^(@|#|!subteam\^|!)/, '');
  const name = label ?? names.get(id) ?? id;
  return element(
    'span',
    { class: 'mention' },
    `${target.startsWith('#') ? '#' : '@'}${decode(name).replace(/^[@#]/, '')}`,
  );
}

/** Inside code Slack shows a link's address only. */
function plainLinks(text) {
  return text.replace(/<([^<>|]+)(?:\|[^<>]*)?>/g, '$1');
}

function decode(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
