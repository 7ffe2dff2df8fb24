import { createHmac, randomBytes } from 'node:crypto';
import type { PreflightReport } from '../../domain/preflight/report.ts';
import type { Gap } from '../../domain/pull-failure.ts';
import type { Registry, RegistryReply } from '../../ports/registry.ts';
import { listImageUses } from '../../preflight/inventory.ts';
import { judgeWorld, type UndecidedImage } from '../../preflight/judge.ts';
import { planQuestions, type QuestionPlan } from '../../preflight/questions.ts';
import type { PreflightSnapshot } from '../../preflight/snapshot.ts';
import { createWorld, type PreflightWorld } from '../../preflight/world.ts';
import { askQuestions } from './ask-questions.ts';

export interface PreflightDeps {
  /** Left out = no registry is asked. */
  readonly registry?: Registry | undefined;
  /** Ends the questions: what is known by then is judged. */
  readonly signal: AbortSignal;
  /** Questions answered so far, and all of them. */
  readonly tell?: ((answered: number, questions: number) => void) | undefined;
}

/**
 * Judges every image of a snapshot as the kubelet of each eligible node would pull it next. It writes nothing and never
 * throws for a registry: what could not be asked is a gap.
 */
export async function runPreflight(snapshot: PreflightSnapshot, deps: PreflightDeps): Promise<PreflightReport> {
  const { registry, signal, tell } = deps;
  const uses = listImageUses(snapshot);
  const unasked = createWorld(snapshot, undefined, uses);
  // A salt of this run: the keys of questions cannot be tried against lists of passwords.
  const salt = randomBytes(32);
  const plan = planQuestions(unasked, (text) => createHmac('sha256', salt).update(text).digest('base64'));
  const total = plan.questions.size;
  let done = 0;
  const asked =
    registry === undefined
      ? undefined
      : await askQuestions(plan.questions, registry, signal, () => {
          done += 1;
          tell?.(done, total);
        });
  const replies = asked?.replies ?? new Map<string, RegistryReply>();
  const world = createWorld(snapshot, answersOf(plan, replies), uses);
  const { findings, undecided } = judgeWorld(world);
  return {
    cluster: snapshot.cluster,
    observedAt: snapshot.observedAt,
    checked: { ...countChecked(world, replies, total), undecided: undecided.length },
    findings,
    silentRegistries: silentOf(plan, replies),
    gaps: [
      ...snapshot.gaps,
      ...(asked === undefined ? [NOT_ASKED] : [...asked.gaps, ...plan.gaps, ...undecidedGaps(undecided)]),
    ],
  };
}

const NOT_ASKED: Gap = {
  what: 'no registry was asked',
  why: 'so that nothing is known of what is there, of platforms and of whether credentials are taken',
};

function answersOf(plan: QuestionPlan, replies: ReadonlyMap<string, RegistryReply>): PreflightWorld['answerFor'] {
  return (use) => {
    const answer = replies.get(plan.keyOf(use) ?? '')?.answer;
    return answer === undefined ? undefined : plan.forUse(use, answer);
  };
}

const WHY: Readonly<Record<'node' | 'secret' | 'trouble', string>> = {
  trouble: 'the registry limits requests, or answers by errors',
  node: 'nodes there log in by themselves, and nobody else can try that',
  secret: 'the registry wants a login, and a pull secret that was not read decides (manifests: --context reads it)',
};

/** By registry: silence has said itself why already. */
function undecidedGaps(undecided: readonly UndecidedImage[]): readonly Gap[] {
  const groups = Map.groupBy(undecided, ({ registry, by }) => `${by} ${registry}`);
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined || first.by === 'silence') return [];
    const images = same.length === 1 ? first.canonical : `${same.length} images of ${first.registry}`;
    return [{ what: `whether ${images} would pull is not known`, why: WHY[first.by] }];
  });
}

function silentOf({ questions }: QuestionPlan, replies: ReadonlyMap<string, RegistryReply>): readonly string[] {
  const silent = [...questions].filter(([key]) => replies.get(key)?.answer === undefined);
  return [...new Set(silent.map(([, { image }]) => image.registry))];
}

function countChecked(
  { uses, snapshot }: PreflightWorld,
  replies: ReadonlyMap<string, RegistryReply>,
  questions: number,
): Omit<PreflightReport['checked'], 'undecided'> {
  return {
    workloads: new Set(uses.map(({ namespace, workload }) => `${namespace}/${workload.kind}/${workload.name}`)).size,
    images: new Set(uses.map(({ canonical }) => canonical)).size,
    registries: new Set(uses.flatMap(({ image }) => image?.registry ?? [])).size,
    nodes: snapshot.nodes?.length ?? 0,
    secrets: snapshot.secrets.length,
    answered: [...replies.values()].filter(({ answer }) => answer !== undefined).length,
    questions,
  };
}
