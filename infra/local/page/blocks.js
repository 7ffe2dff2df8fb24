import { element } from './dom.js';
import { mrkdwn } from './mrkdwn.js';

/** Block Kit blocks as Slack would draw them. */
export function drawBlocks(blocks, press) {
  return blocks.map((block) => drawBlock(block, press));
}

function drawBlock(block, press) {
  switch (block.type) {
    case 'header':
      return element('h3', { class: 'block-header' }, text(block.text));
    case 'section':
      return element(
        'div',
        { class: 'block-section' },
        block.text ? element('div', { class: 'block-text' }, text(block.text)) : undefined,
        block.fields
          ? element('div', { class: 'block-fields' }, ...block.fields.map((field) => element('div', {}, text(field))))
          : undefined,
        block.accessory ? drawElement(block.accessory, press) : undefined,
      );
    case 'context':
      return element(
        'div',
        { class: 'block-context' },
        ...block.elements.map((one) => element('span', {}, one.type === 'image' ? one.alt_text : text(one))),
      );
    case 'divider':
      return element('hr', { class: 'block-divider' });
    case 'actions':
      return element('div', { class: 'block-actions' }, ...block.elements.map((one) => drawElement(one, press)));
    default:
      return element('div', { class: 'block-unknown' }, `[${block.type}]`);
  }
}

function drawElement(one, press) {
  if (one.type === 'button') {
    if (one.url && /^https?:\/\//.test(one.url)) {
      return element(
        'a',
        { class: 'button', href: one.url, rel: 'noreferrer noopener', target: '_blank' },
        one.text.text,
      );
    }
    return element(
      'button',
      { type: 'button', class: `button ${one.style ?? ''}`.trim(), onclick: () => press(one) },
      one.text.text,
    );
  }
  if (one.type === 'overflow') {
    const list = element(
      'div',
      { class: 'overflow-list' },
      ...one.options.map((option) =>
        element(
          'button',
          {
            type: 'button',
            class: 'button',
            onclick: (event) => {
              event.target.closest('details').open = false;
              press({ ...one, selected_option: option });
            },
          },
          option.text.text,
        ),
      ),
    );
    return element(
      'details',
      { class: 'overflow' },
      element('summary', { class: 'button', 'aria-label': 'More actions' }, '⋯'),
      list,
    );
  }
  return element('span', { class: 'block-unknown' }, `[${one.type}]`);
}

function text(object) {
  return object.type === 'mrkdwn' ? mrkdwn(object.text) : object.text;
}
