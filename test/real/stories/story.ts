import { NONE, type Row, type Step } from '../row.ts';
import type { Universe } from '../universe.ts';

/** Something that takes several acts. */
export interface Story {
  readonly name: string;
  /** Without the prefix. */
  readonly namespaces: readonly string[];
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

/** A story whose seconds mean something only with the product's own grace periods. */
export function needsRealTime({ options }: Universe): string | undefined {
  return options.timeScale === 1
    ? undefined
    : `its times are the product's own: needs --time-scale 1, not ${options.timeScale}`;
}

export function needsRegistries({ options }: Universe): string | undefined {
  return options.registries === 'testbed' ? undefined : "needs the testbed's registries (--registries testbed)";
}

/** Waits until the node is older than five minutes: on a younger one pullmedic waits longer. */
export function untilNodeIsSettled({ nodeCreatedAt }: Universe): Promise<void> {
  const ms = nodeCreatedAt + 5 * 60_000 + 5_000 - Date.now();
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
