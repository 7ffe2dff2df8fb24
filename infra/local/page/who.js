import { element } from './dom.js';

const select = document.getElementById('who');
const listeners = new Set();

/** Id of the person who presses; `undefined` before the first state came. */
export function who() {
  return select.value === '' ? undefined : select.value;
}

/** Calls back when somebody else is chosen. */
export function onWhoChange(listener) {
  listeners.add(listener);
}

select.addEventListener('change', () => {
  for (const listener of listeners) listener();
});

/** Offers the people of the workspace: [{id, name, realName}]. */
export function drawPeople(people) {
  const key = JSON.stringify(people);
  if (select.dataset.drawn === key) return;
  select.dataset.drawn = key;
  const chosen = who();
  select.replaceChildren(...people.map(({ id, name }) => element('option', { value: id }, name)));
  if (people.some(({ id }) => id === chosen)) select.value = chosen;
  select.closest('label').hidden = people.length === 0;
}

/**
 * Does something in the embedded Slack as the chosen person.
 * @returns {kind: 'done'} | {kind: 'warning', text} | {kind: 'errors', errors}
 */
export async function interact(what) {
  try {
    const response = await fetch('/interact', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: who(), ...what }),
    });
    const answer = await response.json();
    return response.ok ? answer : { kind: 'warning', text: answer.error };
  } catch {
    return { kind: 'warning', text: 'The embedded stack did not answer. Is it still running?' };
  }
}
