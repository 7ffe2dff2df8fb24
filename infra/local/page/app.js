import { drawWorkspace, redraw } from './channel.js';
import { drawDialog } from './dialog.js';
import { clockTime, element } from './dom.js';
import { knowNames } from './mrkdwn.js';
import { drawPods } from './pods.js';
import { drawPeople, onWhoChange } from './who.js';

const connection = document.getElementById('connection');
const clock = document.getElementById('clock');
const tries = document.getElementById('tries');
const result = document.getElementById('try-result');

const stream = new EventSource('/events');
stream.addEventListener('open', () => show('live', true));
stream.addEventListener('error', () => show('not connected, trying again…', false));
stream.addEventListener('slack', ({ data }) => drawSlack(JSON.parse(data)));
stream.addEventListener('pods', ({ data }) => drawPods(JSON.parse(data)));
stream.addEventListener('clock', ({ data }) => drawClock(JSON.parse(data)));
stream.addEventListener('tries', ({ data }) => drawTries(JSON.parse(data)));

let dialogs = [];
onWhoChange(() => {
  redraw();
  drawDialog(dialogs);
});

function drawSlack(workspace) {
  dialogs = workspace.dialogs;
  knowNames([...workspace.channels, ...workspace.people, ...workspace.groups]);
  drawPeople(workspace.people);
  drawWorkspace(workspace);
  drawDialog(dialogs);
}

function show(text, isLive) {
  if (connection.textContent === text) return;
  connection.textContent = text;
  connection.classList.toggle('live', isLive);
}

function drawClock({ now, aheadSeconds }) {
  const hours = Math.round(aheadSeconds / 360) / 10;
  clock.textContent = `${clockTime(now)} UTC${hours === 0 ? '' : `, clock moved ${hours} h ahead`}`;
}

function drawTries(list) {
  const key = JSON.stringify(list);
  if (tries.dataset.drawn === key) return;
  tries.dataset.drawn = key;
  tries.replaceChildren(
    ...list.map(({ id, label, hint }) =>
      element(
        'li',
        {},
        element(
          'button',
          {
            type: 'button',
            class: 'button try',
            'aria-describedby': `hint-${id}`,
            onclick: ({ currentTarget }) => attempt(id, currentTarget),
          },
          label,
        ),
        element('span', { class: 'hint', id: `hint-${id}` }, hint),
      ),
    ),
  );
}

async function attempt(id, button) {
  button.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(`/try/${encodeURIComponent(id)}`, { method: 'POST' });
    const { done, error } = await response.json();
    result.textContent = done ?? error;
  } catch {
    result.textContent = 'The embedded stack did not answer. Is it still running?';
  } finally {
    button.removeAttribute('aria-busy');
  }
}
