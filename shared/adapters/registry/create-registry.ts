import pLimit, { type LimitFunction } from 'p-limit';
import { ConfigError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Gap } from '../../domain/pull-failure.ts';
import { matchRegistryKeys, parseRegistryKey } from '../../domain/pull-secret/registry-key.ts';
import { redact } from '../../domain/redact.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Credentials } from '../../ports/credentials.ts';
import type { Registry, RegistryCredential, RegistryQuestion, RegistryReply } from '../../ports/registry.ts';
import { createEcrAsker, type EcrDependencies } from './ask-ecr.ts';
import { askManifest } from './ask-manifest.ts';
import type { Findings } from './conversation.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { describeFailure } from './describe-failure.ts';
import { createExchange } from './exchange.ts';
import { createGuardedNetwork, type RegistryNetwork } from './registry-network.ts';
import { chooseTarget, type RegistrySettings, type RegistryTarget } from './registry-target.ts';
import { createReplyCache } from './reply-cache.ts';
import { shareRoutes } from './share-routes.ts';

/** All requests of one question together. */
const TIME_MS = 5_000;
/** A registry that said nothing for this long does not answer. */
const SILENT_AFTER_MS = 2_500;
/** It is left alone for this long, whatever the question: each would wait its five seconds. */
const SILENT_KEPT_MS = 60_000;
const SILENT_HOSTS_MAX = 500;
/** Questions to one host at a time: a storm of failing pods must not become one of ours. */
const CONCURRENT_PER_HOST = 4;

export interface RegistryDependencies extends EcrDependencies {
  /** A `ConfigSource`, of which only `registries` and `ecr` are used. */
  readonly config: { load(): Promise<RegistrySettings> };
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** Instead of the guarded network: only tests and the embedded stack set it. */
  readonly network?: RegistryNetwork | undefined;
  /** `pullmedic/<version>`. */
  readonly userAgent?: string | undefined;
  /** Tests shorten it. */
  readonly timeoutMs?: number | undefined;
}

interface Outcome {
  readonly reply: RegistryReply;
  /** Whether it was asked to its end (or to ours), not cut off by who asked. */
  readonly isWhole: boolean;
}

export function createRegistry(deps: RegistryDependencies): Registry {
  const network = shareRoutes(deps.network ?? createGuardedNetwork());
  const askEcr = createEcrAsker(deps);
  const cache = createReplyCache();
  const underWay = new Map<string, Promise<Outcome>>();
  const limits = new Map<string, LimitFunction>();
  const silentAfterMs = Math.min(SILENT_AFTER_MS, (deps.timeoutMs ?? TIME_MS) / 2);
  const silentUntil = new Map<string, Instant>();

  async function converse(
    question: RegistryQuestion,
    target: RegistryTarget,
    findings: Findings,
    deadline: Deadline,
  ): Promise<void> {
    const bundle = target.entry?.caBundle;
    const certificateAuthority =
      bundle === undefined ? undefined : (await deadline.within(deps.credentials.read(bundle))).reveal();
    const userAgent = deps.userAgent ?? 'pullmedic';
    const { signal } = deadline;
    const exchange = createExchange({ target, network, certificateAuthority, userAgent, signal });
    const { image, wantsExpiry } = question;
    const conversation = { image, target, exchange, findings, wantsExpiry };
    try {
      const asking = [
        deadline.within(askManifest(credentialsFor(question, findings), question.wantsPlatforms, conversation)),
        ...(target.ecr === undefined ? [] : [deadline.within(askEcr(conversation, target.ecr, signal))]),
      ];
      const [manifest, ecr] = await Promise.allSettled(asking);
      // The registry and ECR's own API fail each for itself: what one knows is kept.
      for (const settled of [manifest, ecr]) if (settled?.status === 'rejected') throw settled.reason;
    } finally {
      // Not awaited: a connection that ends slowly is nobody's business any more.
      void exchange.close();
    }
  }

  async function askNow(question: RegistryQuestion, target: RegistryTarget, caller: AbortSignal): Promise<Outcome> {
    const findings: Findings = { attempts: [], gaps: [] };
    /** Its turn may come late: that is not the registry's silence. */
    let startedAt: number | undefined;
    const deadline = createDeadline(caller, deps.timeoutMs ?? TIME_MS);
    try {
      await deadline.within(
        limitOf(target.host)(async () => {
          if (deadline.signal.aborted) return;
          startedAt = performance.now();
          await converse(question, target, findings, deadline);
        }),
      );
    } catch (error) {
      const why = deadline.signal.aborted ? 'there was no answer in time' : describeFailure(error);
      const end = findings.attempts.length > 0 ? ' to the end' : '';
      findings.gaps.push({ what: `registry ${target.host} could not be asked${end}`, why });
    } finally {
      deadline.clear();
    }
    if (findings.attempts.length > 0) silentUntil.delete(target.host);
    else if (deadline.signal.aborted && startedAt !== undefined && performance.now() - startedAt >= silentAfterMs) {
      if (silentUntil.size >= SILENT_HOSTS_MAX) silentUntil.clear();
      silentUntil.set(target.host, deps.clock.now() + SILENT_KEPT_MS);
    }
    return { reply: toReply(target, findings, deps.clock.now()), isWhole: !caller.aborted };
  }

  function limitOf(host: string): LimitFunction {
    for (const [other, limit] of limits) {
      if (other !== host && limit.activeCount + limit.pendingCount === 0) limits.delete(other);
    }
    const limit = limits.get(host) ?? pLimit(CONCURRENT_PER_HOST);
    limits.set(host, limit);
    return limit;
  }

  /** Who asks the same at the same time shares the answer, unless the other one gave up. */
  async function askOnce(
    question: RegistryQuestion,
    target: RegistryTarget,
    caller: AbortSignal,
  ): Promise<RegistryReply> {
    const key = cache.keyOf(question, target);
    const known = cache.find(key, deps.clock.now());
    if (known !== undefined) return known;
    if ((silentUntil.get(target.host) ?? 0) > deps.clock.now()) {
      return gapOnly({ what: `registry ${target.host} was not asked`, why: 'it did not answer a moment ago' });
    }
    const running = underWay.get(key);
    if (running !== undefined) {
      const deadline = createDeadline(caller, deps.timeoutMs ?? TIME_MS);
      const shared = await deadline.within(running).catch(() => undefined);
      deadline.clear();
      if (shared?.isWhole) return shared.reply;
    }
    const asking = askNow(question, target, caller);
    underWay.set(key, asking);
    const outcome = await asking;
    if (underWay.get(key) === asking) underWay.delete(key);
    if (outcome.isWhole) cache.keep(key, outcome.reply, deps.clock.now());
    return outcome.reply;
  }

  return {
    async ask(question, signal) {
      let settings: RegistrySettings;
      try {
        settings = await deps.config.load();
      } catch (error) {
        const why = error instanceof ConfigError ? error.message : 'the configuration could not be read';
        return gapOnly({ what: `registry ${question.image.registry} was not asked`, why });
      }
      const target = chooseTarget(question.image, settings);
      return 'what' in target ? gapOnly(target) : askOnce(question, target, signal);
    },
  };
}

/** Whoever asks: a credential whose key is not for this image goes nowhere. */
function credentialsFor({ credentials, image }: RegistryQuestion, findings: Findings): readonly RegistryCredential[] {
  const keys = credentials.map(({ name }) => parseRegistryKey(name.key));
  const matching = new Set(matchRegistryKeys(keys, image));
  for (const [index, { name }] of credentials.entries()) {
    if (matching.has(index)) continue;
    findings.gaps.push({
      what: `a credential of secret ${name.namespace}/${name.secret} was not tried`,
      why: `its entry is not for ${image.registry}/${image.repository}`,
    });
  }
  return credentials.filter((_, index) => matching.has(index));
}

function gapOnly(gap: Gap): RegistryReply {
  return { answer: undefined, gaps: [{ ...gap, why: redact(gap.why) }] };
}

/** A copy: what still comes in after the time is over changes nothing any more. */
function toReply(target: RegistryTarget, findings: Findings, observedAt: number): RegistryReply {
  const { attempts, digest, platforms, tags, ecrTags, rateLimit, ecr } = findings;
  const gaps = findings.gaps.map((gap) => ({ ...gap, why: redact(gap.why) }));
  if (attempts.length === 0 && ecr === undefined) return { answer: undefined, gaps };
  return {
    answer: {
      host: target.host,
      vantage: target.vantage,
      observedAt,
      attempts: [...attempts],
      digest,
      platforms,
      tags: ecrTags ?? tags,
      rateLimit,
      ecr,
    },
    gaps,
  };
}
