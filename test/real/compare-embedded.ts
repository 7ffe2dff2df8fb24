import type { EventObject, PodObject } from '../../infra/local/kubernetes/objects.ts';
import { EVENTS, PODS } from '../../infra/local/kubernetes/resources.ts';
import type { KubeEvent, Pod } from '../../shared/domain/kubernetes.ts';
import { type Embedded, startEmbedded } from '../local/embedded.ts';
import type { Case } from './cases/case.ts';
import { statusesOf } from './cluster-watch.ts';
import { NONE, type Row } from './row.ts';

/** What a cluster said of one case: reasons and events, without what differs from run to run. */
export interface Words {
  readonly reasons: readonly string[];
  readonly events: readonly string[];
}

/** Ten times as fast: 150 s of a kubelet's life in 15. */
const TIME_SCALE = 10;
const LIFE_MS = 15_000;

/** Takes away digests, times, sizes, addresses and the names of generated pods. */
export function normalise(text: string): string {
  return text
    .replaceAll(/sha256:[0-9a-f]{64}/g, (digest) => (digest.endsWith('0000000000') ? digest : 'sha256:DIGEST'))
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME')
    .replaceAll(/on \d+\.[\d.]+:53/g, 'on DNS:53')
    .replaceAll(/127\.0\.0\.1:\d{5}->/g, '127.0.0.1:PORT->')
    .replaceAll(/expected \d+ bytes but got \d+/g, 'expected N bytes but got N')
    .replaceAll(
      /in (?:\d+m)?[\d.]+m?s \((?:\d+m)?[\d.]+m?s including waiting\)\. Image size: \d+/g,
      'in TIME. Image size: N',
    )
    .replaceAll(/e2e-[a-z0-9-]+\//g, 'NAMESPACE/')
    .replaceAll(/web-[a-z0-9-]+_|web-[a-z0-9]{5,}(?:-[a-z0-9]{5})?/g, 'web-POD');
}

/** Events about images only: the scheduler's and the sandbox' are the same everywhere and not what is read. */
const PULL_EVENTS = [
  'Pulling',
  'Pulled',
  'Failed',
  'BackOff',
  'InspectFailed',
  'ErrImageNeverPull',
  'FailedToRetrieveImagePullSecret',
];

export function wordsOf(pods: readonly Pod[], events: readonly KubeEvent[], reasons: Iterable<string>): Words {
  const waiting = pods.flatMap((pod) => statusesOf(pod).flatMap(({ state }) => state?.waiting?.reason ?? []));
  return {
    reasons: [...new Set([...reasons, ...waiting])].sort(),
    events: [
      ...new Set(
        events
          .filter(({ reason }) => PULL_EVENTS.includes(reason ?? ''))
          .map(({ type, reason, message }) => `${type} ${reason}: ${normalise(message ?? '')}`),
      ),
    ].sort(),
  };
}

/** Plays the cases on the embedded cluster and holds its words against the real ones. Differences are listed. */
export async function compareEmbedded(cases: readonly Case[], real: ReadonlyMap<string, Words>): Promise<Row> {
  const name = 'the embedded cluster says the same';
  const base: Row = {
    ...{ name, from: 'story', fails: NONE, alert: NONE, cause: NONE, message: NONE, recovered: NONE, problems: [] },
  };
  const compared = cases.filter(
    (one) =>
      real.has(one.name) && one.from === 'capture' && one.objects.length > 0 && one.needs !== 'small-image-store',
  );
  if (compared.length === 0) return { ...base, skipped: 'no case of this run can be compared' };
  const embedded = await startEmbedded(TIME_SCALE);
  try {
    prepare(embedded);
    const seen = new Map<string, Set<string>>(compared.map((one) => [one.name, new Set<string>()]));
    const stopWatching = embedded.cluster.api.store.subscribe(() => {
      for (const one of compared) for (const reason of reasonsOf(embedded, one.name)) seen.get(one.name)?.add(reason);
    });
    for (const one of compared) {
      const objects = one.objects.map((object) => ({
        ...structuredClone(object),
        metadata: { ...object.metadata, namespace: one.name },
      }));
      embedded.cluster.apply(objects as Parameters<typeof embedded.cluster.apply>[0]);
    }
    await new Promise((resolve) => setTimeout(resolve, LIFE_MS));
    stopWatching();
    const differences = compared.flatMap((one) => {
      const words = wordsOf([], eventsOf(embedded, one.name), seen.get(one.name) ?? []);
      return differencesOf(one.name, real.get(one.name) ?? { reasons: [], events: [] }, words);
    });
    const same = compared.length - new Set(differences.map(({ of }) => of)).size;
    return {
      ...base,
      message: {
        text: [
          `${compared.length} cases played in both: reasons and event texts equal in ${same}, after digests, times and sizes are taken away`,
          ...differences.map(({ of, text }) => `${of}: ${text}`),
        ].join('<br>'),
      },
    };
  } finally {
    await embedded.stop();
  }
}

/** The same content and the same faults as the testbed's registries. */
function prepare({ registry, cluster }: Embedded): void {
  registry.addImage('private.example.com/team/secret-app:v1');
  registry.addImage('registry.example.com/team/arm-only:v1', { platforms: ['linux/arm64'] });
  registry.addImage('registry.example.com/team/corrupt:v1', { fault: 'corrupt-blobs' });
  for (const name of ['app', 'missing-layer', 'cut', 'slow', 'stalled'])
    registry.addImage(`registry.example.com/team/${name}:v1`);
  registry.addImage('redis:7.2');
  registry.addImage('nginx:1.27');
  registry.setRateLimited('docker.io', true, ['library/redis']);
  registry.addHost({ host: 'unknown-to-proxy.example.com', auth: 'open', connect: 'proxy-502' });
  registry.addHost({ host: '127.0.0.1:5004', auth: 'open', connect: 'dial-timeout' });
  for (const { images } of cluster.kubelets) {
    images.add(
      'registry.example.com/team/app:v1',
      { digest: `sha256:${'a'.repeat(64)}`, sizeBytes: 20_480 },
      undefined,
    );
  }
}

function reasonsOf({ cluster }: Embedded, namespace: string): readonly string[] {
  return (cluster.list(PODS, namespace) as readonly PodObject[]).flatMap(({ status }) =>
    [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].flatMap(
      ({ state }) => state.waiting?.reason ?? [],
    ),
  );
}

function eventsOf({ cluster }: Embedded, namespace: string): readonly KubeEvent[] {
  return cluster.list(EVENTS, namespace) as readonly EventObject[] as unknown as readonly KubeEvent[];
}

function differencesOf(
  of: string,
  real: Words,
  embedded: Words,
): readonly { readonly of: string; readonly text: string }[] {
  const missing = (from: readonly string[], to: readonly string[]) => from.filter((line) => !to.includes(line));
  // The real one was read as soon as it was told and repaired then: it may not have come to back off.
  const isLater = (line: string) =>
    /^(ImagePullBackOff|ErrImagePull|PodInitializing|ContainerCreating)$|BackOff/.test(line);
  return [
    ...missing([...real.reasons, ...real.events], [...embedded.reasons, ...embedded.events])
      .filter((line) => !/^(PodInitializing|ContainerCreating)$/.test(line))
      .map((line) => ({ of, text: `only the real one: ${line.slice(0, 300)}` })),
    ...missing([...embedded.reasons, ...embedded.events], [...real.reasons, ...real.events])
      .filter((line) => !isLater(line))
      .map((line) => ({ of, text: `only the embedded one: ${line.slice(0, 300)}` })),
  ];
}
