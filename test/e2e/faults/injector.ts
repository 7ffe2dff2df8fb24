/**
 * What happens to a call: `fails` before it has any effect · `answer-lost`: it has its effect, and the caller gets an
 * error · `hangs`: 10 s pass, then it has its effect after all · `never`: 10 s pass, and it never has one.
 */
export type FaultKind = 'fails' | 'answer-lost' | 'hangs' | 'never';

/** While the alert becomes a message, or while the repair turns it green. */
export type Phase = 'alert' | 'repair';

/** The nth call of this name that concerns the namespace in this phase. */
export interface CallPoint {
  readonly phase: Phase;
  /** `store commit`, `triage queue remove`, `POST /api/chat.update`, `GET /api/v1/namespaces/NS/pods`. */
  readonly call: string;
  readonly nth: number;
}

export interface Fault extends CallPoint {
  readonly kind: FaultKind;
}

/** Knows which namespace each call concerns, counts the calls, and says which of them goes wrong. */
export interface Injector {
  /** From now on the calls that concern this namespace are counted; those of {EVERYBODY} concern no single one. */
  begin(namespace: string, phase: Phase, faults: readonly Fault[]): void;
  /** @param words what is known of the call: its arguments as text */
  enter(call: string, words: string): FaultKind | undefined;
  /** Ids in the answer belong to the same namespace. */
  learn(words: string): void;
  /** Calls counted for this namespace. */
  calls(namespace: string): readonly CallPoint[];
  /** Those of its faults that happened. */
  fired(namespace: string): readonly Fault[];
}

/** Stands for the calls that concern no single namespace. */
export const EVERYBODY = '*';
export const HANG_MS = 10_000;

const NAMESPACE = /\bfault-\d+\b/g;
const ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b\d{10}\.\d{6}\b/g;

interface Watched {
  readonly phase: Phase;
  readonly faults: readonly Fault[];
  readonly counts: Map<string, number>;
}

export function createInjector(): Injector {
  const owners = new Map<string, string>();
  const watched = new Map<string, Watched>();
  const points = new Map<string, CallPoint[]>();
  const happened: (readonly [string, Fault])[] = [];

  /** The one namespace that these words are about, by its name or by an id seen with it. */
  function subjectOf(words: string): string {
    const named = new Set([...words.matchAll(NAMESPACE)].map(([name]) => name));
    const [first] = named;
    if (first !== undefined) return named.size === 1 ? first : EVERYBODY;
    const owning = new Set([...words.matchAll(ID)].flatMap(([id]) => owners.get(id) ?? []));
    const [owner] = owning;
    return owner !== undefined && owning.size === 1 ? owner : EVERYBODY;
  }

  function learn(words: string): void {
    const subject = subjectOf(words);
    if (subject === EVERYBODY) return;
    for (const [id] of words.matchAll(ID)) if (!owners.has(id)) owners.set(id, subject);
  }

  return {
    begin(namespace, phase, faults) {
      watched.set(namespace, { phase, faults, counts: new Map() });
    },
    enter(call, words) {
      learn(words);
      const subject = subjectOf(words);
      const one = watched.get(subject);
      if (one === undefined) return undefined;
      const nth = (one.counts.get(call) ?? 0) + 1;
      one.counts.set(call, nth);
      points.set(subject, [...(points.get(subject) ?? []), { phase: one.phase, call, nth }]);
      const hit = one.faults.find((fault) => fault.phase === one.phase && fault.call === call && fault.nth === nth);
      if (hit !== undefined) happened.push([subject, hit]);
      return hit?.kind;
    },
    learn,
    calls: (namespace) => points.get(namespace) ?? [],
    fired: (namespace) => happened.filter(([subject]) => subject === namespace).map(([, fault]) => fault),
  };
}
