import { element } from './dom.js';
import { drawElement } from './elements.js';
import { mrkdwn } from './mrkdwn.js';

/**
 * Block Kit blocks as Slack would draw them.
 * @param {object} act what interactive elements do, by block: `act(block)` gives what `drawElement` takes
 */
export function drawBlocks(blocks, act) {
  return blocks.map((block) => drawBlock(block, act(block)));
}

function drawBlock(block, act) {
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
        block.accessory ? drawElement(block.accessory, act) : undefined,
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
      return element('div', { class: 'block-actions' }, ...block.elements.map((one) => drawElement(one, act)));
    case 'input':
      return drawInputBlock(block, act);
    default:
      return element('div', { class: 'block-unknown' }, `[${block.type}]`);
  }
}

function drawInputBlock(block, act) {
  return element(
    'label',
    { class: 'block-input', 'data-block': block.block_id },
    element('span', { class: 'input-label' }, block.label.text, block.optional ? ' (optional)' : ''),
    drawElement(block.element, act),
    block.hint ? element('span', { class: 'hint' }, block.hint.text) : undefined,
  );
}

function text(object) {
  return object.type === 'mrkdwn' ? mrkdwn(object.text) : object.text;
}
