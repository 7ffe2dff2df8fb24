import { openDoor } from '../open-door.ts';
import { until } from '../processes.ts';
import { needsMonitoring, story } from './story.ts';

export const PROBES = 'probed-registries';
/** Nothing else of the testbed uses this port. */
const DYING = 'http://127.0.0.1:5014/v2/';
/** The testbed's registry with a password: 401. */
const WITH_PASSWORD = 'http://127.0.0.1:5001/v2/';
const OPEN = 'http://127.0.0.1:5000/v2/';
/** What the blackbox exporter asks. */
export const PROBED_REGISTRIES: readonly string[] = [OPEN, WITH_PASSWORD, DYING];

/** A registry that wants a password is up; one that dies is told, by the shipped module, job and rule. */
export const probedRegistries = story(
  PROBES,
  [],
  async ({ monitoring, relay }, problems, tell) => {
    if (monitoring === undefined) throw new Error('there is no monitoring');
    const { prometheusUrl } = monitoring;
    const probeOf = (instance: string) =>
      query(prometheusUrl, `probe_success{job="registry-monitor",instance="${instance}"}`);
    const door = await openDoor(Number(new URL(DYING).port));
    try {
      for (const registry of PROBED_REGISTRIES) {
        await until(`${registry} is up`, 20, async () => (await probeOf(registry)) === 1);
      }
      const status = await query(prometheusUrl, `probe_http_status_code{instance="${WITH_PASSWORD}"}`);
      if (status !== 401) problems.push(`${WITH_PASSWORD} answered ${status}, not 401`);
      tell({ fails: { text: `probe_success 1 for three registries, one of which answers ${status}` } });
    } finally {
      door.close();
    }
    const diedAt = Date.now();
    await until(`${DYING} is down`, 20, async () => (await probeOf(DYING)) === 0);
    const fired = await until('RegistryUnreachable fires', 60, async () =>
      (await query(
        prometheusUrl,
        `ALERTS{alertname="RegistryUnreachable",alertstate="firing",instance="${DYING}"}`,
      )) === 1
        ? Date.now()
        : undefined,
    );
    tell({ alert: { text: `RegistryUnreachable of ${DYING}`, seconds: (fired - diedAt) / 1_000 } });
    const taken = await until('pullmedic takes it', 30, () =>
      relay.notifications.find(({ at, code, firing }) => at >= diedAt && code === 202 && firing.some(isUnreachable)),
    );
    const wrong = await query(prometheusUrl, `count(ALERTS{alertname="RegistryUnreachable",instance!="${DYING}"})`);
    if (wrong !== undefined) problems.push('a registry that is up was told as unreachable');
    tell({
      message: { text: 'taken with 202; no pod fails, so nobody is woken', seconds: (taken.at - fired) / 1_000 },
    });
  },
  (universe) =>
    needsMonitoring(universe) ??
    (universe.monitoring?.isProbing ? undefined : "needs a blackbox exporter (Debian's prometheus-blackbox-exporter)"),
);

function isUnreachable({ name }: { readonly name: string }): boolean {
  return name === 'RegistryUnreachable';
}

interface Vector {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

/** @returns the first sample; `undefined` = there is none */
async function query(prometheusUrl: string, expression: string): Promise<number | undefined> {
  const answer = await fetch(`${prometheusUrl}/api/v1/query?${new URLSearchParams({ query: expression })}`);
  const { data } = (await answer.json()) as Vector;
  const value = data.result[0]?.value[1];
  return value === undefined ? undefined : Number(value);
}
