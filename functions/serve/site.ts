import type { IncomingMessage, ServerResponse } from 'node:http';
import { PullmedicError } from '../../shared/domain/errors.ts';
import type { RouteRequest } from './http.ts';

/** What the process says of itself over HTTP. */
export interface SiteDeps {
  /** Answers `/alerts`, `/alerts/{cluster}` and `/slack`. */
  readonly route: RouteRequest;
  /** Why no alert can be taken now; empty = ready. */
  readonly problems: () => Promise<readonly string[]>;
  /** Prometheus' text. */
  readonly metrics: () => Promise<string>;
}

/** The HTTP side of `pullmedic serve`. */
export interface Site {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /**
   * Takes no more alerts: 503, which Alertmanager tries again. Resolves when those under way are answered.
   * @param withinMs waits no longer than this
   */
  drain(withinMs: number): Promise<void>;
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function createSite({ route, problems, metrics }: SiteDeps): Site {
  const underWay = new Set<Promise<unknown>>();
  let isDraining = false;

  async function own(path: string, response: ServerResponse): Promise<boolean> {
    switch (path) {
      // Live: the loop of events turns. A store or a configuration that is broken is not healed by a restart.
      case '/healthz':
        text(response, 200, 'ok\n');
        return true;
      case '/readyz': {
        const found = isDraining ? ['it is ending'] : await problems();
        text(response, found.length === 0 ? 200 : 503, found.length === 0 ? 'ok\n' : `${found.join('\n')}\n`);
        return true;
      }
      case '/metrics':
        await answerMetrics(response);
        return true;
      default:
        return false;
    }
  }

  async function answerMetrics(response: ServerResponse): Promise<void> {
    try {
      text(response, 200, await metrics(), METRICS_TYPE);
    } catch (error) {
      if (!(error instanceof PullmedicError)) throw error;
      // A scrape that fails is seen (`up == 0`); half a page would not be.
      text(response, 503, `${error.message}\n`);
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isRead && (await own(path, response))) return;
    if (isDraining) return refuse(request, response, 503, 'it is ending: try again');
    if (await route(request, response)) return;
    const isKnown = /^\/(alerts(\/[^/]+)?|slack|healthz|readyz|metrics)$/.test(path);
    refuse(request, response, isKnown ? 405 : 404, isKnown ? 'method not allowed' : 'not found');
  }

  return {
    async handle(request, response) {
      const work = answer(request, response);
      underWay.add(work);
      try {
        await work;
      } finally {
        underWay.delete(work);
      }
    },
    async drain(withinMs) {
      isDraining = true;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, withinMs);
      });
      await Promise.race([Promise.allSettled(underWay), late]);
      clearTimeout(timer);
    },
  };
}

function text(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
  // Read to the end, so that the caller gets the answer instead of a broken pipe.
  request.resume();
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ message }));
}
