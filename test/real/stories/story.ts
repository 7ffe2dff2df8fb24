import { readFileSync } from 'node:fs';
import { NONE, type Row, type Step } from '../row.ts';
import type { SlackChange } from '../slack-journal.ts';
import type { Universe } from '../universe.ts';

/** Something that takes several acts. */
export interface Story {
  readonly name: string;
  /** Without the prefix. */
  readonly namespaces: readonly string[];
  /** It changes the node under everybody: it comes after all others, by itself. */
  readonly isAlone?: boolean;
  /** Never throws. */
  run(universe: Universe): Promise<readonly Row[]>;
}

/** What an act says of its steps; a problem may also be thrown. */
export type Telling = Partial<Record<'fails' | 'alert' | 'cause' | 'message' | 'recovered', Step>>;

/** Plays one story as one row. */
export function story(
  name: string,
  namespaces: readonly string[],
  play: (universe: Universe, problems: string[], tell: (steps: Telling) => void) => Promise<void>,
  skip: (universe: Universe) => string | undefined = () => undefined,
): Story {
  return {
    name,
    namespaces,
    async run(universe) {
      const problems: string[] = [];
      let row: Row = {
        ...{ name, from: 'story', fails: NONE, alert: NONE, cause: NONE, message: NONE, recovered: NONE, problems },
      };
      const skipped = skip(universe);
      if (skipped !== undefined) return [{ ...row, skipped }];
      try {
        await play(universe, problems, (steps) => {
          row = { ...row, ...steps };
        });
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
      universe.say(
        `${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}${problems.map((text) => `\n        ${text}`).join('')}`,
      );
      return [row];
    },
  };
}

/** That story after all others. */
export function alone(one: Story): Story {
  return { ...one, isAlone: true };
}

/** A story whose seconds are the node's, and must fit into the product's grace periods. */
export function needsTimeScale({ options }: Universe, least: number): string | undefined {
  return options.timeScale >= least ? undefined : `needs --time-scale ${least} at least, not ${options.timeScale}`;
}

export function needsRegistries({ options }: Universe): string | undefined {
  return options.registries === 'testbed' ? undefined : "needs the testbed's registries (--registries testbed)";
}

/** Waits until the node is older than five minutes: on a younger one pullmedic waits longer. */
export function untilNodeIsSettled({ nodeCreatedAt, options }: Universe): Promise<void> {
  const ms = nodeCreatedAt + 5 * 60_000 * options.timeScale + 5_000 - Date.now();
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

export function needsMonitoring(universe: Universe): string | undefined {
  if (universe.monitoring === undefined) return universe.monitoringMissing;
  return needsRegistries(universe);
}

export function needsSecondCluster({ second, monitoring, monitoringMissing }: Universe): string | undefined {
  if (monitoring === undefined) return monitoringMissing;
  return second === undefined ? 'needs a second cluster (--second-cluster)' : undefined;
}

/** Changes in the channel where everything goes that no route takes. */
export function platformLines({ slack, channelOf }: Universe): readonly SlackChange[] {
  return slack.changes(channelOf(''));
}

/** @returns the value of the first series whose name and labels contain these words; `undefined` = none */
export async function metricValue({ product }: Universe, name: string, label: string): Promise<number | undefined> {
  const text = await (await fetch(product.metricsUrl)).text();
  const line = text.split('\n').find((one) => !one.startsWith('#') && one.includes(name) && one.includes(`"${label}"`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

/** Posts alerts to pullmedic as Alertmanager would, with its token. */
export async function postNotification(
  { product }: Universe,
  alerts: readonly object[],
): Promise<{ readonly accepted: number; readonly ignored: number }> {
  const response = await fetch(product.alertsUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${readFileSync(product.alertTokenFile, 'utf8').trim()}`,
    },
    body: JSON.stringify({ version: '4', groupKey: 'e2e', status: 'firing', receiver: 'people', alerts }),
  });
  if (response.status !== 202) throw new Error(`pullmedic answered ${response.status}`);
  return (await response.json()) as { readonly accepted: number; readonly ignored: number };
}
