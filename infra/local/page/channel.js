import { drawBlocks } from './blocks.js';
import { clockTime, element, timeOfTs } from './dom.js';

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

/** Draws the workspace: {channels, messages: [{channel, ts, text, blocks, …}]}. */
export function drawWorkspace(workspace) {
  latest = workspace;
  const channels = workspace.channels.filter(
    ({ id }, index) => index === 0 || workspace.messages.some((message) => message.channel === id),
  );
  chosen = channels.find(({ id }) => id === chosen)?.id ?? channels[0]?.id;
  drawTabs(channels);
  drawPhone(workspace);
  drawMessages(workspace.messages.filter((message) => message.channel === chosen));
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
    const hadFocus = known?.node.querySelector('.thread-toggle') === document.activeElement && known !== undefined;
    drawn.set(message.ts, { version, node });
    if (hadFocus && known) queueMicrotask(() => node.querySelector('.thread-toggle')?.focus());
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
    { class: 'message', 'data-ts': message.ts },
    element('img', { class: 'avatar', src: 'icon.svg', alt: '', width: 36, height: 36 }),
    element(
      'article',
      { 'aria-label': message.text },
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
  return [...drawBlocks(message.blocks, press), edited].filter((node) => node !== undefined);
}

function drawThread(message, replies) {
  const isOpen = openThreads.has(message.ts);
  const toggle = element(
    'button',
    {
      type: 'button',
      class: 'thread-toggle',
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
    element('li', { class: 'reply' }, element('article', {}, messageHead(reply), ...body(reply))),
  );
  return element('div', {}, toggle, element('ol', { class: 'thread' }, ...thread));
}

/** A click on a Block Kit button, sent on by the console as Slack would: signed, as `block_actions`. */
async function press(pressed) {
  const message = latest.messages.find(({ blocks }) =>
    JSON.stringify(blocks).includes(`"action_id":${JSON.stringify(pressed.action_id)}`),
  );
  const { type, action_id, block_id, value, selected_option } = pressed;
  await fetch('/click', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      channel: message?.channel,
      ts: message?.ts,
      action: { type, action_id, block_id, value, selected_option },
    }),
  }).catch(() => undefined);
}
