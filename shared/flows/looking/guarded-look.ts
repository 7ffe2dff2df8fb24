import type { Clusters } from '../../ports/cluster.ts';
import { withDeadlines } from '../publishing/with-deadlines.ts';
import type { LookDeps } from './look-deps.ts';
import { shareAnswers } from './share-answers.ts';

/** No call to a port may hang a look: the lease is a minute. Each Kubernetes call ends by itself within 10 s. */
const PORT_TIMEOUT_MS = 15_000;

/** The same ports, of which no call hangs. */
export function guardedLook(given: LookDeps): LookDeps {
  return {
    ...given,
    clusters: guardClusters(given.clusters),
    store: withDeadlines(given.store, 'store', PORT_TIMEOUT_MS),
    publishQueue: withDeadlines(given.publishQueue, 'publish queue', PORT_TIMEOUT_MS),
    refreshQueue: given.refreshQueue && withDeadlines(given.refreshQueue, 'refresh queue', PORT_TIMEOUT_MS),
    // Each question has a deadline of its own: see ask-registries.ts.
    registry: given.config.askRegistries && given.registry ? shareAnswers(given.registry) : undefined,
  };
}

/** Neither the opening of a cluster hangs nor what is asked of it. */
function guardClusters(given: Clusters): Clusters {
  const clusters = withDeadlines(given, 'clusters', PORT_TIMEOUT_MS);
  const { noter } = clusters;
  return {
    reader: async (cluster) => withDeadlines(await clusters.reader(cluster), 'cluster', PORT_TIMEOUT_MS),
    ...(noter && {
      noter: async (cluster: string) => withDeadlines(await noter(cluster), 'cluster', PORT_TIMEOUT_MS),
    }),
  };
}
