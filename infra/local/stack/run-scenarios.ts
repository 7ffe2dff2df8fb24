import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../shared/ports/log.ts';
import { findScenario, SCENARIOS } from '../scenarios/index.ts';
import type { Scenario, World } from '../scenarios/scenario.ts';

/** Scenarios that are started one after another. */
export interface ScenarioRun {
  /** Those that were started so far. */
  readonly started: readonly Scenario[];
  stop(): void;
}

export interface ScenarioPlan {
  /** Names; `undefined` = the whole list. */
  readonly names: readonly string[] | undefined;
  /** Whether the first one is repaired after a while, so that a terminal shows how a message ends. */
  readonly repairsFirst: boolean;
  /** Tells the alert driver that this namespace is watched. */
  readonly watch: (namespace: string) => void;
  readonly world: World;
  readonly log: Log;
}

/** The first story has the stage for itself: its message is there before the next begins. */
const AFTER_FIRST_MS = 8_000;
const BETWEEN_MS = 4_000;
const REPAIR_FIRST_AFTER_MS = 14_000;

/** @throws {TypeError} naming the scenarios that there are, for a name that is none of them */
export function checkScenarioNames(names: readonly string[]): void {
  const unknown = names.filter((name) => findScenario(name) === undefined);
  if (unknown.length === 0) return;
  const known = SCENARIOS.map(({ name }) => name).join(', ');
  throw new TypeError(`no scenario ${unknown.join(', ')}; there are: none, ${known}`);
}

export function runScenarios(plan: ScenarioPlan): ScenarioRun {
  const { names, world, log } = plan;
  const scenarios = names === undefined ? SCENARIOS : names.flatMap((name) => findScenario(name) ?? []);
  const stopping = new AbortController();
  const started: Scenario[] = [];

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  async function start(scenario: Scenario): Promise<void> {
    plan.watch(scenario.subject.namespace);
    started.push(scenario);
    await attempt('scenario not started', scenario, () => scenario.apply(world));
  }

  async function attempt(what: string, { name }: Scenario, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!stopping.signal.aborted) log.error(what, { name, error });
    }
  }

  async function run(): Promise<void> {
    // Picked by name they start at once; the whole list is a story.
    const isStory = names === undefined;
    for (const [index, scenario] of scenarios.entries()) {
      if (stopping.signal.aborted) return;
      await start(scenario);
      if (isStory) await pause(index === 0 ? AFTER_FIRST_MS : BETWEEN_MS);
    }
  }

  async function repairFirst(): Promise<void> {
    await pause(REPAIR_FIRST_AFTER_MS);
    const [first] = scenarios;
    if (stopping.signal.aborted || first?.repair === undefined) return;
    const { repair } = first;
    await attempt('scenario not repaired', first, () => repair(world));
  }

  void run();
  if (plan.repairsFirst) void repairFirst();
  return { started, stop: () => stopping.abort() };
}
