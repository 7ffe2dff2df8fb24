import type { KubeEvent, KubeObject, KubeSecret, Node, Pod, ServiceAccount, Workload } from '../kubernetes.ts';
import type { ClusterSnapshot } from '../snapshot.ts';
import { conform, type Shape } from './conform.ts';

const META: Shape = {
  needs: ['name'],
  fields: {
    name: 'text',
    namespace: 'text',
    uid: 'text',
    resourceVersion: 'text',
    creationTimestamp: 'text',
    deletionTimestamp: 'text',
    labels: 'texts',
    annotations: 'texts',
    ownerReferences: {
      list: {
        needs: ['kind', 'name'],
        fields: { apiVersion: 'text', kind: 'text', name: 'text', uid: 'text', controller: 'flag' },
      },
    },
    managedFields: { list: { fields: { manager: 'text', operation: 'text', time: 'text', fieldsV1: 'any' } } },
  },
};

const OBJECT = { apiVersion: 'text', kind: 'text', metadata: META } as const;
const REFERENCES: Shape = { list: { fields: { name: 'text' } } };
const CONDITIONS: Shape = {
  list: {
    needs: ['type', 'status'],
    fields: { type: 'text', status: 'text', reason: 'text', message: 'text', lastTransitionTime: 'text' },
  },
};

const CONTAINERS: Shape = {
  list: {
    needs: ['name'],
    fields: {
      name: 'text',
      image: 'text',
      imagePullPolicy: 'text',
      resources: { fields: { limits: 'texts', requests: 'texts' } },
      volumeMounts: { list: { fields: { name: 'text' } } },
    },
  },
};

const POD_SPEC: Shape = {
  fields: {
    nodeName: 'text',
    serviceAccountName: 'text',
    imagePullSecrets: REFERENCES,
    containers: CONTAINERS,
    initContainers: CONTAINERS,
    ephemeralContainers: CONTAINERS,
    volumes: {
      list: { needs: ['name'], fields: { name: 'text', image: { fields: { reference: 'text', pullPolicy: 'text' } } } },
    },
    restartPolicy: 'text',
  },
};

const CONTAINER_STATE: Shape = {
  fields: {
    waiting: { fields: { reason: 'text', message: 'text' } },
    running: { fields: { startedAt: 'text' } },
    terminated: { fields: { reason: 'text', exitCode: 'number', finishedAt: 'text' } },
  },
};

const STATUSES: Shape = {
  list: {
    needs: ['name'],
    fields: {
      name: 'text',
      image: 'text',
      imageID: 'text',
      ready: 'flag',
      started: 'flag',
      restartCount: 'number',
      state: CONTAINER_STATE,
      lastState: CONTAINER_STATE,
    },
  },
};

const POD: Shape = {
  needs: ['metadata'],
  fields: {
    ...OBJECT,
    spec: POD_SPEC,
    status: {
      fields: {
        phase: 'text',
        startTime: 'text',
        conditions: CONDITIONS,
        containerStatuses: STATUSES,
        initContainerStatuses: STATUSES,
        ephemeralContainerStatuses: STATUSES,
      },
    },
  },
};

const EVENT: Shape = {
  needs: ['reason', 'involvedObject'],
  fields: {
    apiVersion: 'text',
    kind: 'text',
    metadata: { fields: { name: 'text', namespace: 'text', creationTimestamp: 'text' } },
    type: 'text',
    reason: 'text',
    message: 'text',
    count: 'number',
    eventTime: 'text',
    firstTimestamp: 'text',
    lastTimestamp: 'text',
    series: { fields: { count: 'number', lastObservedTime: 'text' } },
    involvedObject: {
      needs: ['name'],
      fields: { kind: 'text', name: 'text', namespace: 'text', uid: 'text', fieldPath: 'text' },
    },
    source: { fields: { component: 'text', host: 'text' } },
    reportingComponent: 'text',
  },
};

const SECRET: Shape = {
  needs: ['metadata'],
  fields: { ...OBJECT, type: 'text', immutable: 'flag', data: 'texts' },
};

const SERVICE_ACCOUNT: Shape = { needs: ['metadata'], fields: { ...OBJECT, imagePullSecrets: REFERENCES } };

const NODE: Shape = {
  needs: ['metadata'],
  fields: {
    ...OBJECT,
    status: {
      fields: {
        conditions: CONDITIONS,
        images: { list: { fields: { names: { list: 'text' }, sizeBytes: 'number' } } },
        nodeInfo: {
          fields: {
            architecture: 'text',
            operatingSystem: 'text',
            kubeletVersion: 'text',
            containerRuntimeVersion: 'text',
          },
        },
      },
    },
  },
};

const WORKLOAD: Shape = {
  needs: ['metadata', 'kind'],
  fields: {
    ...OBJECT,
    spec: {
      fields: {
        replicas: 'number',
        paused: 'flag',
        suspend: 'flag',
        parallelism: 'number',
        template: { fields: { spec: POD_SPEC } },
      },
    },
    status: {
      fields: {
        readyReplicas: 'number',
        availableReplicas: 'number',
        currentRevision: 'text',
        updateRevision: 'text',
        desiredNumberScheduled: 'number',
        numberAvailable: 'number',
        ready: 'number',
        conditions: CONDITIONS,
      },
    },
  },
};

/** The snapshot with whatever is malformed in it taken out: an object that cannot be used is as good as absent. */
export function wellFormedSnapshot(snapshot: ClusterSnapshot): ClusterSnapshot {
  return {
    ...snapshot,
    pods: keep<Pod>(snapshot.pods, POD),
    events: keep<KubeEvent>(snapshot.events, EVENT),
    secrets: keep<KubeSecret>(snapshot.secrets, SECRET),
    serviceAccounts: keep<ServiceAccount>(snapshot.serviceAccounts, SERVICE_ACCOUNT),
    nodes: keep<Node>(snapshot.nodes, NODE),
    workloads: keep<Workload>(snapshot.workloads, WORKLOAD),
  };
}

function keep<T extends KubeObject>(objects: readonly unknown[], shape: Shape): readonly T[] {
  // The shape lists the type's own fields; this is the one place where they are said to be the same.
  return objects.map((object) => conform(object, shape) as T | undefined).filter((object) => object !== undefined);
}
