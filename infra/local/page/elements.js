import { element } from './dom.js';

/**
 * An interactive element of Block Kit.
 * @param {object} one the element
 * @param {object} act what to do: `press(element, option)` gives a promise of the outcome; `held(element)` what it holds
 */
export function drawElement(one, act) {
  switch (one.type) {
    case 'button':
      return drawButton(one, act);
    case 'overflow':
      return drawOverflow(one, act);
    case 'static_select':
      return drawSelect(one, act);
    case 'plain_text_input':
      return drawInput(one, act);
    default:
      return element('span', { class: 'block-unknown' }, `[${one.type}]`);
  }
}

function drawButton(one, act) {
  const style = one.style ?? '';
  if (one.url && /^https?:\/\//.test(one.url)) {
    return element(
      'a',
      { class: 'button', href: one.url, rel: 'noreferrer noopener', target: '_blank' },
      one.text.text,
    );
  }
  return element(
    'button',
    {
      type: 'button',
      class: `button ${style}`.trim(),
      'data-key': one.action_id,
      onclick: ({ currentTarget }) => void run(currentTarget, () => act.press(one, undefined)),
    },
    one.text.text,
  );
}

function drawOverflow(one, act) {
  const summary = element('summary', { class: 'button', 'aria-label': 'More actions', 'data-key': one.action_id }, '⋯');
  const items = one.options.map((option) =>
    element(
      'button',
      {
        type: 'button',
        class: 'button',
        onclick: () => {
          menu.open = false;
          summary.focus();
          void run(summary, () => act.press(one, option));
        },
      },
      option.text.text,
    ),
  );
  const menu = element(
    'details',
    {
      class: 'overflow',
      onkeydown: (event) => {
        if (event.key === 'Escape' && menu.open) {
          event.stopPropagation();
          menu.open = false;
          summary.focus();
        }
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!step || !menu.open) return;
        event.preventDefault();
        const at = items.indexOf(document.activeElement);
        items[(at + step + items.length) % items.length].focus();
      },
      onfocusout: ({ relatedTarget }) => {
        if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
      },
    },
    summary,
    element('div', { class: 'overflow-list' }, ...items),
  );
  return menu;
}

function drawSelect(one, act) {
  const held = act.held?.(one)?.selected_option ?? one.initial_option;
  const options = one.options.map((option) =>
    element('option', { value: option.value, selected: option.value === held?.value }, option.text.text),
  );
  if (held === undefined || held === null) {
    options.unshift(element('option', { value: '', selected: true }, one.placeholder?.text ?? 'Choose an option'));
  }
  return element(
    'select',
    {
      class: 'select',
      'data-key': one.action_id,
      'data-input': 'select',
      'aria-label': act.label?.(one) ?? one.placeholder?.text ?? 'Choose an option',
      onchange: ({ currentTarget }) => {
        const option = one.options.find(({ value }) => value === currentTarget.value);
        if (option) void run(currentTarget, () => act.press(one, option));
      },
    },
    ...options,
  );
}

function drawInput(one, act) {
  const attributes = {
    class: 'input',
    'data-key': one.action_id,
    'data-input': 'text',
    placeholder: one.placeholder?.text,
    maxlength: one.max_length ?? 3000,
    'aria-label': act.label?.(one),
    autocomplete: 'off',
  };
  const held = act.held?.(one)?.value ?? one.initial_value ?? '';
  if (one.multiline) return element('textarea', { ...attributes, rows: 4 }, held);
  return element('input', { ...attributes, type: 'text', value: held });
}

/** Busy while the app is asked: a second press then does nothing. */
async function run(node, work) {
  if (node.getAttribute('aria-busy') === 'true') return;
  node.setAttribute('aria-busy', 'true');
  try {
    const outcome = await work();
    warn(node, outcome?.kind === 'warning' ? outcome.text : undefined);
  } finally {
    node.removeAttribute('aria-busy');
  }
}

/** Slack's warning beside what was pressed. */
function warn(node, text) {
  const row = node.closest('.block-actions, .block-section, .block-input');
  if (!row) return;
  row.parentNode.querySelector(':scope > .block-warning')?.remove();
  if (text) row.after(element('p', { class: 'block-warning', role: 'alert' }, `⚠️ ${text}`));
}
