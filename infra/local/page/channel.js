import { drawBlocks } from './blocks.js';
import { clockTime, element, timeOfTs } from './dom.js';
import { interact, who } from './who.js';

const list = document.getElementById('messages');
const tabs = document.getElementById('channels');
const title = document.getElementById('channel-title');
const phone = {
  channel: document.getElementById('phone-channel'),
  time: document.getElementById('phone-time'),
  text: document.getElementById('phone-text'),
};

/** Threads that the reader opened, by parent ts. */
const openThreads = new Set();
/** What is drawn, by ts: an element is made anew only when its message changed, so that focus and selection stay. */
const drawn = new Map();
let chosen;
let latest;

/** Draws the workspace: {channels, messages: [{channel, ts, text, blocks, …}], ephemerals: [{user, …}]}. */
export function drawWorkspace(workspace) {
  latest = workspace;
  const channels = workspace.channels.filter(
    ({ id }, index) => index === 0 || workspace.messages.some((message) => message.channel === id),
  );
  chosen = channels.find(({ id }) => id === chosen)?.id ?? channels[0]?.id;
  drawTabs(channels);
  drawPhone(workspace);
  const own = workspace.ephemerals
    .filter(({ user }) => user === who())
    .map((one) => ({ ...one, isBot: true, isForOne: true }));
  const all = [...workspace.messages, ...own].sort((a, b) => Number(a.ts) - Number(b.ts));
  drawMessages(all.filter((message) => message.channel === chosen));
}

/** The same state again, for somebody else's eyes. */
export function redraw() {
  if (latest) drawWorkspace(latest);
}

function drawTabs(channels) {
  title.textContent = channels.length === 1 ? `#${channels[0].name}` : 'Slack';
  if (channels.length < 2) return tabs.replaceChildren();
  if (tabs.dataset.drawn === `${chosen}|${channels.map(({ id }) => id)}`) return undefined;
  const hadFocus = tabs.contains(document.activeElement);
  tabs.dataset.drawn = `${chosen}|${channels.map(({ id }) => id)}`;
  tabs.replaceChildren(
    ...channels.map(({ id, name }, index) =>
      element(
        'button',
        {
          type: 'button',
          role: 'tab',
          class: 'tab',
          'aria-selected': id === chosen ? 'true' : 'false',
          tabindex: id === chosen ? 0 : -1,
          onclick: () => choose(id),
          onkeydown: ({ key }) => {
            const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
            if (step) choose(channels[(index + step + channels.length) % channels.length].id);
          },
        },
        `#${name}`,
      ),
    ),
  );
  if (hadFocus) tabs.querySelector('[aria-selected="true"]').focus();
  return undefined;
}

function choose(id) {
  chosen = id;
  drawWorkspace(latest);
}

/** The newest message that buzzes: a post, or a reply that was broadcast. Edits buzz nobody. */
function drawPhone({ channels, messages }) {
  const newest = messages.filter(isShown).at(-1);
  if (!newest || phone.text.dataset.ts === newest.ts + newest.text) return;
  phone.text.dataset.ts = newest.ts + newest.text;
  phone.channel.textContent = `#${channels.find(({ id }) => id === newest.channel)?.name ?? ''}`;
  phone.time.textContent = clockTime(timeOfTs(newest.ts));
  phone.text.textContent = newest.text;
}

function isShown(message) {
  return message.thread_ts === undefined || message.isBroadcast === true;
}

function drawMessages(messages) {
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const shown = messages.filter(isShown);
  const wanted = shown.map((message) => {
    const replies = messages.filter((reply) => reply.thread_ts === message.ts);
    const isOpen = openThreads.has(message.ts);
    const version = JSON.stringify([
      message.edited?.ts,
      message.reactions,
      isOpen,
      replies.map((r) => [r.ts, r.edited?.ts]),
    ]);
    const known = drawn.get(message.ts);
    if (known?.version === version) return known.node;
    const node = drawMessage(message, replies);
    const focused = known?.node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    drawn.set(message.ts, { version, node });
    if (focused) queueMicrotask(() => node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus());
    if (known?.node.parentNode === list) known.node.replaceWith(node);
    return node;
  });
  const keep = new Set(wanted);
  for (const node of [...list.children]) if (!keep.has(node)) node.remove();
  wanted.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
  if (shown.length === 0) {
    list.replaceChildren(
      element('li', { class: 'empty' }, 'No message yet. Nothing that concerns this channel has failed.'),
    );
  }
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

function drawMessage(message, replies) {
  return element(
    'li',
    { class: message.isForOne ? 'message for-one' : 'message', 'data-ts': message.ts },
    element('img', { class: 'avatar', src: 'icon.svg', alt: '', width: 36, height: 36 }),
    element(
      'article',
      { 'aria-label': message.text },
      message.isForOne ? forOne() : undefined,
      messageHead(message),
      message.isBroadcast ? element('p', { class: 'broadcast' }, 'replied to a thread') : undefined,
      ...body(message),
      message.reactions
        ? element('p', { class: 'reactions' }, ...message.reactions.map(({ name, count }) => `:${name}: ${count}`))
        : undefined,
      replies.length > 0 ? drawThread(message, replies) : undefined,
    ),
  );
}

function forOne() {
  return element('p', { class: 'for-one-note' }, 'Only visible to you');
}

function messageHead(message) {
  return element(
    'p',
    { class: 'message-head' },
    element('b', {}, message.isBot ? 'pullmedic' : message.user),
    message.isBot ? element('span', { class: 'app' }, 'APP') : undefined,
    ' ',
    element('time', {}, clockTime(timeOfTs(message.ts))),
  );
}

function body(message) {
  const edited = message.edited
    ? element('span', { class: 'edited', title: `edited ${clockTime(timeOfTs(message.edited.ts))}` }, '(edited)')
    : undefined;
  if (message.blocks.length === 0) return [element('div', { class: 'block-section' }, message.text, ' ', edited)];
  const act = {
    press: (one, option) =>
      interact({
        kind: 'press',
        channel: message.channel,
        ts: message.ts,
        actionId: one.action_id,
        value: option?.value,
      }),
  };
  return [...drawBlocks(message.blocks, () => act), edited].filter((node) => node !== undefined);
}

function drawThread(message, replies) {
  const isOpen = openThreads.has(message.ts);
  const toggle = element(
    'button',
    {
      type: 'button',
      class: 'thread-toggle',
      'data-key': `thread ${message.ts}`,
      'aria-expanded': isOpen ? 'true' : 'false',
      onclick: () => {
        if (isOpen) openThreads.delete(message.ts);
        else openThreads.add(message.ts);
        drawWorkspace(latest);
      },
    },
    `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`,
    element('span', { class: 'thread-hint' }, isOpen ? 'Hide thread' : 'View thread'),
  );
  if (!isOpen) return toggle;
  const thread = replies.map((reply) =>
    element(
      'li',
      { class: reply.isForOne ? 'reply for-one' : 'reply' },
      element('article', {}, reply.isForOne ? forOne() : undefined, messageHead(reply), ...body(reply)),
    ),
  );
  return element('div', {}, toggle, element('ol', { class: 'thread' }, ...thread));
}
