import { goodSecret, workload } from '../cases/objects.ts';
import { applyOverlay } from '../identity.ts';
import { until } from '../processes.ts';
import { namespaceOf } from '../universe.ts';
import { afterTheWave } from './remedies.ts';
import { needsMonitoring, needsRegistries, story } from './story.ts';

const UNDO = 'remedy-undo';
const SILENCE = 'remedy-silence';

/** What was attached is taken back by `Undo`, while it still is as it was left. */
export const remedyUndo = story(
  UNDO,
  [UNDO],
  async (universe, problems, tell) => {
    const { kubectl, watch, slack, clicker, channelOf } = universe;
    const namespace = namespaceOf(UNDO);
    const channel = channelOf(namespace);
    for (const overlay of ['remedy', 'read-secrets']) await applyOverlay(kubectl, namespace, overlay);
    await afterTheWave(universe);
    const image = 'private.example.com/team/secret-app:v1';
    await kubectl.apply(namespace, [
      goodSecret('regcred'),
      workload('Deployment', image, { name: 'neighbour', secrets: ['regcred'] }),
      workload('Deployment', image, { name: 'shop' }),
    ]);
    const attached = await clicker.confirm({ channel, label: /^Attach /, typedName: 'shop' });
    await until('it runs', 60, () => watch.see(namespace).runningSince);
    await until('a green message', 120, () =>
      slack.changes(channel).findLast(({ text, at }) => text.startsWith('🟢') && at >= attached.confirmedAt),
    );
    const secrets = async () => {
      const path = 'jsonpath={.imagePullSecrets[*].name}';
      return (await kubectl.run('get', 'serviceaccount', 'default', '-n', namespace, '-o', path)).trim();
    };
    if ((await secrets()) !== 'regcred') problems.push('nothing was attached: nothing was proven');
    const undone = await clicker.confirm({ channel, label: /^Undo/, typedName: 'shop' });
    await until('it is taken back', 20, async () => ((await secrets()) === '' ? true : undefined));
    tell({
      message: { text: undone.dialog.slice(0, 200) },
      recovered: { text: 'attached, ran, undone: the service account is as it was' },
    });
  },
  needsRegistries,
);

interface Silence {
  readonly status: { readonly state: string };
  readonly createdBy: string;
  readonly matchers: readonly { readonly name: string; readonly value: string }[];
}

/** `Silence the alert` makes one silence in the configured Alertmanager, for this alert alone. */
export const remedySilence = story(
  SILENCE,
  [SILENCE],
  async (universe, problems, tell) => {
    const { kubectl, clicker, monitoring, channelOf } = universe;
    const namespace = namespaceOf(SILENCE);
    const bad = 'registry.example.com/web/remedy-silence:v9.9.9';
    await afterTheWave(universe);
    await kubectl.apply(namespace, [workload('Deployment', bad, { name: 'shop' })]);
    const confirmed = await clicker.confirm({
      channel: channelOf(namespace),
      label: /^Silence/,
      typedName: 'shop',
    });
    const silence = await until('a silence', 20, async () => {
      const response = await fetch(`${monitoring?.alertmanagerUrl}/api/v2/silences`);
      const all = (await response.json()) as readonly Silence[];
      return all.find(
        ({ status, matchers }) => status.state === 'active' && matchers.some(({ value }) => value === namespace),
      );
    });
    if (!silence.matchers.some(({ name }) => name === 'alertname')) problems.push('it silences more than the alert');
    tell({
      message: { text: confirmed.dialog.slice(0, 200) },
      recovered: {
        text: `silenced by ${silence.createdBy}: ${silence.matchers.map(({ name, value }) => `${name}=${value}`).join(', ')}`,
        seconds: (Date.now() - confirmed.confirmedAt) / 1_000,
      },
    });
  },
  needsMonitoring,
);
