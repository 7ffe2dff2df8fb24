import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { silencedUntil } from '../../../shared/alertmanager/silences.ts';
import type { SilenceMatcher } from '../../../shared/domain/outgoing-alert.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { listenOnLoopback } from '../registry/loopback.ts';
import type { Labels } from './rule.ts';

/** A silence as it was posted. */
interface StoredSilence {
  readonly id: string;
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
  readonly updatedAt: string;
}

/** Alertmanager's API v2, as far as its status, silences and posted alerts go. */
export interface AlertmanagerApi {
  readonly url: string;
  /** As the API shows them. */
  silences(): readonly (StoredSilence & { readonly status: { readonly state: 'active' | 'pending' | 'expired' } })[];
  /** Alerts that were posted, newest last, at most 100. */
  posted(): readonly unknown[];
  isSilenced(labels: Labels): boolean;
  stop(): Promise<void>;
}

const KEPT_ALERTS = 100;
const LARGEST_BODY_BYTES = 1024 * 1024;

export async function startAlertmanagerApi(clock: Clock): Promise<AlertmanagerApi> {
  const known = new Map<string, StoredSilence>();
  const alerts: unknown[] = [];

  function shown(silence: StoredSilence) {
    const [from, until] = [Date.parse(silence.startsAt), Date.parse(silence.endsAt)];
    const now = clock.now();
    const state = until <= now ? 'expired' : from > now ? 'pending' : 'active';
    return { ...silence, status: { state } } as const;
  }

  function post(given: unknown): Answer {
    const { matchers, startsAt, endsAt, createdBy, comment, id } = (given ?? {}) as Partial<StoredSilence>;
    const isTimed = Date.parse(endsAt ?? '') > Math.max(Date.parse(startsAt ?? ''), clock.now());
    if (!Array.isArray(matchers) || matchers.length === 0 || !isTimed || !createdBy || !comment) {
      return { status: 400, body: 'silence invalid' };
    }
    if (id !== undefined && !known.has(id)) return { status: 404, body: 'silence not found' };
    const silence: StoredSilence = {
      id: id ?? randomUUID(),
      matchers: matchers as readonly SilenceMatcher[],
      startsAt: String(startsAt),
      endsAt: String(endsAt),
      createdBy,
      comment,
      updatedAt: new Date(clock.now()).toISOString(),
    };
    known.set(silence.id, silence);
    return { status: 200, body: { silenceID: silence.id } };
  }

  function one(id: string, method: string): Answer {
    const silence = known.get(id);
    if (silence === undefined) return { status: 404, body: 'silence not found' };
    if (method === 'GET') return { status: 200, body: shown(silence) };
    if (method !== 'DELETE') return { status: 405, body: 'method not allowed' };
    // Expired now, not forgotten: as the real one keeps it.
    known.set(id, { ...silence, endsAt: new Date(clock.now()).toISOString() });
    return { status: 200, body: undefined };
  }

  function answer(method: string, path: string, body: unknown): Answer {
    const id = /^\/api\/v2\/silence\/([^/]+)$/.exec(path)?.[1];
    if (id !== undefined) return one(decodeURIComponent(id), method);
    switch (`${method} ${path}`) {
      case 'GET /api/v2/status':
        return { status: 200, body: { cluster: { status: 'disabled' }, versionInfo: { version: '0.34.0' } } };
      case 'GET /api/v2/silences':
        return { status: 200, body: [...known.values()].map(shown) };
      case 'POST /api/v2/silences':
        return post(body);
      case 'POST /api/v2/alerts':
        alerts.push(...(Array.isArray(body) ? body : []));
        alerts.splice(0, Math.max(0, alerts.length - KEPT_ALERTS));
        return { status: 200, body: undefined };
      default:
        return { status: 404, body: 'path was not found' };
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request);
    const path = new URL(request.url ?? '/', 'http://alertmanager').pathname;
    const { status, body: said } = body === 'none' ? BAD : answer(request.method ?? 'GET', path, body);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(said === undefined ? undefined : JSON.stringify(said));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const { url, close } = await listenOnLoopback(server, undefined);
  return {
    url,
    silences: () => [...known.values()].map(shown),
    posted: () => alerts,
    isSilenced(labels) {
      const active = [...known.values()]
        .filter(({ startsAt }) => Date.parse(startsAt) <= clock.now())
        .map(({ matchers, endsAt }) => ({ matchers, endsAt: Date.parse(endsAt) }));
      return silencedUntil(labels, active, clock.now()) !== undefined;
    },
    stop: close,
  };
}

interface Answer {
  readonly status: number;
  /** `undefined` = an empty one. */
  readonly body: unknown;
}

const BAD: Answer = { status: 400, body: 'parsing body failed' };

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LARGEST_BODY_BYTES) chunks.push(chunk);
  }
  if (size > LARGEST_BODY_BYTES) return 'none';
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return 'none';
  }
}
