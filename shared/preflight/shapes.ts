import type { Shape } from '../domain/find-pull-failures/conform.ts';

/** The fields of Kubernetes objects that preflight reads, and no others: thousands of objects are kept at a time. */
export const META: Shape = {
  needs: ['name'],
  fields: {
    name: 'text',
    namespace: 'text',
    labels: 'texts',
    annotations: 'texts',
    ownerReferences: { list: { needs: ['kind', 'name'], fields: { kind: 'text', name: 'text', controller: 'flag' } } },
    managedFields: { list: { fields: { manager: 'text' } } },
  },
};

export const REFERENCES: Shape = { list: { fields: { name: 'text' } } };

const CONTAINERS: Shape = {
  list: { needs: ['name'], fields: { name: 'text', image: 'text', imagePullPolicy: 'text' } },
};

const REQUIREMENTS: Shape = {
  list: { needs: ['key', 'operator'], fields: { key: 'text', operator: 'text', values: { list: 'text' } } },
};

export const PLACED_SPEC: Shape = {
  fields: {
    nodeName: 'text',
    nodeSelector: 'texts',
    tolerations: { list: { fields: { key: 'text', operator: 'text', value: 'text', effect: 'text' } } },
    affinity: {
      fields: {
        nodeAffinity: {
          fields: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              fields: {
                nodeSelectorTerms: { list: { fields: { matchExpressions: REQUIREMENTS, matchFields: REQUIREMENTS } } },
              },
            },
          },
        },
      },
    },
    serviceAccountName: 'text',
    imagePullSecrets: REFERENCES,
    containers: CONTAINERS,
    initContainers: CONTAINERS,
    volumes: {
      list: { needs: ['name'], fields: { name: 'text', image: { fields: { reference: 'text', pullPolicy: 'text' } } } },
    },
  },
};

export const STATUSES: Shape = {
  list: {
    needs: ['name'],
    fields: {
      name: 'text',
      imageID: 'text',
      state: {
        fields: {
          running: { fields: { startedAt: 'text' } },
          terminated: { fields: { finishedAt: 'text' } },
        },
      },
    },
  },
};

export const NODE_SPEC: Shape = {
  fields: {
    unschedulable: 'flag',
    taints: { list: { needs: ['key', 'effect'], fields: { key: 'text', value: 'text', effect: 'text' } } },
  },
};

export const NODE_STATUS: Shape = {
  fields: {
    addresses: { list: { fields: { type: 'text' } } },
    images: { list: { fields: { names: { list: 'text' } } } },
    nodeInfo: {
      fields: {
        architecture: 'text',
        operatingSystem: 'text',
        containerRuntimeVersion: 'text',
        kubeletVersion: 'text',
      },
    },
  },
};
