import { drawBlocks } from './blocks.js';
import { element } from './dom.js';
import { interact, who } from './who.js';

const modal = document.getElementById('dialog');
const form = document.getElementById('dialog-form');
/** What is on the screen: {id, hash}. */
let shown;
/** What had the focus before it opened: it gets it back. */
let opener;

/** Draws the dialog of whoever presses; others have theirs on their own screen. */
export function drawDialog(dialogs) {
  const view = dialogs.find(({ user }) => user === who())?.view;
  if (view === undefined) return hide();
  if (shown?.id === view.id && shown.hash === view.hash) return undefined;
  const typed = shown?.id === view.id ? typedValues() : {};
  const focused = modal.contains(document.activeElement) ? keyOf(document.activeElement) : undefined;
  if (!modal.open) opener = document.activeElement;
  shown = { id: view.id, hash: view.hash };
  form.replaceChildren(...drawView(view));
  for (const [blockId, value] of Object.entries(typed)) {
    const input = inputOf(blockId);
    if (input && value !== '') input.value = value;
  }
  if (!modal.open) modal.showModal();
  (byKey(focused) ?? form.querySelector('[data-input]') ?? byKey('submit') ?? byKey('close'))?.focus();
  return undefined;
}

function hide() {
  shown = undefined;
  if (!modal.open) return;
  modal.close();
  if (opener?.isConnected) opener.focus();
}

function drawView(view) {
  return [
    element(
      'header',
      { class: 'dialog-head' },
      element('img', { src: 'icon.svg', alt: '', width: 24, height: 24 }),
      element('h2', { id: 'dialog-title' }, view.title.text),
      element('button', { type: 'button', class: 'dialog-x', 'aria-label': 'Close', onclick: close }, '✕'),
    ),
    element('div', { class: 'dialog-body' }, ...drawBlocks(view.blocks, (block) => actOf(view, block))),
    element('p', { class: 'dialog-warning', role: 'alert' }),
    element(
      'footer',
      { class: 'dialog-foot' },
      element(
        'button',
        { type: 'button', class: 'button', 'data-key': 'close', onclick: close },
        view.close?.text ?? 'Cancel',
      ),
      view.submit
        ? element('button', { type: 'submit', class: 'button primary', 'data-key': 'submit' }, view.submit.text)
        : undefined,
    ),
  ];
}

function actOf(view, block) {
  return {
    press: (one, option) =>
      interact({ kind: 'choose', viewId: view.id, actionId: one.action_id, value: option?.value }),
    held: (one) => view.state.values[block.block_id]?.[one.action_id],
    label: () => block.label?.text ?? block.text?.text.replace(/[*_`]/g, ''),
  };
}

async function submit() {
  const button = byKey('submit');
  if (!shown || button?.getAttribute('aria-busy') === 'true') return;
  button?.setAttribute('aria-busy', 'true');
  const { id } = shown;
  const outcome = await interact({ kind: 'submit', viewId: id, values: typedValues() });
  byKey('submit')?.removeAttribute('aria-busy');
  if (shown?.id !== id) return;
  form.querySelector('.dialog-warning').textContent = outcome.kind === 'warning' ? `⚠️ ${outcome.text}` : '';
  showErrors(outcome.kind === 'errors' ? outcome.errors : {});
}

function showErrors(errors) {
  for (const old of form.querySelectorAll('.input-error')) old.remove();
  for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
  let first;
  for (const [blockId, text] of Object.entries(errors)) {
    const input = inputOf(blockId);
    if (!input) continue;
    input.setAttribute('aria-invalid', 'true');
    input.after(element('span', { class: 'input-error', role: 'alert' }, text));
    first ??= input;
  }
  first?.focus();
}

function close() {
  if (shown) void interact({ kind: 'close', viewId: shown.id });
}

/** What stands in the inputs, by block_id. */
function typedValues() {
  const blocks = [...form.querySelectorAll('[data-block]')];
  return Object.fromEntries(blocks.map(({ dataset }) => [dataset.block, inputOf(dataset.block)?.value ?? '']));
}

function inputOf(blockId) {
  return form.querySelector(`[data-block="${CSS.escape(blockId)}"] [data-input]`);
}

function keyOf(node) {
  return node?.dataset?.key;
}

function byKey(key) {
  return key === undefined ? null : form.querySelector(`[data-key="${CSS.escape(key)}"]`);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void submit();
});
// Escape: the dialog goes when Slack says that it is closed.
modal.addEventListener('cancel', (event) => {
  event.preventDefault();
  close();
});
