import { clockTime, element } from './dom.js';

const box = document.getElementById('pods');
const count = document.getElementById('pod-count');

/** Draws pods by namespace: [{namespace, name, image, state, reason, message, since}]. */
export function drawPods(pods) {
  const running = pods.filter(({ state }) => state === 'running').length;
  count.textContent = pods.length === 0 ? '' : `${running} of ${pods.length} run`;
  const namespaces = [...new Set(pods.map(({ namespace }) => namespace))].sort();
  if (namespaces.length === 0) return box.replaceChildren(element('p', { class: 'empty' }, 'No pods yet.'));
  return box.replaceChildren(
    ...namespaces.map((namespace) =>
      element(
        'section',
        { class: 'namespace' },
        element('h3', {}, namespace),
        element('ul', { class: 'pods' }, ...pods.filter((pod) => pod.namespace === namespace).map(drawPod)),
      ),
    ),
  );
}

function drawPod({ name, image, state, reason, message, since }) {
  return element(
    'li',
    { class: `pod ${state}` },
    element('span', { class: 'pod-dot', 'aria-hidden': 'true' }),
    element('span', { class: 'pod-name' }, name),
    element('span', { class: 'pod-reason' }, reason, since ? ` since ${clockTime(since)}` : ''),
    element('span', { class: 'pod-image' }, image),
    message ? element('span', { class: 'pod-message', title: message }, message) : undefined,
  );
}
