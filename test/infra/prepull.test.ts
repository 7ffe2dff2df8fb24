import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { DEFAULT_HELPER_IMAGE, prepullDaemonSet } from '../../shared/domain/prepull/daemon-set.ts';

const FOLDER = join(import.meta.dirname, '../../infra/kubernetes/prepull');
const read = (name: string) => parse(readFileSync(join(FOLDER, name), 'utf8'));

interface DaemonSet {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly priorityClassName: string;
        readonly initContainers: readonly { readonly name: string; readonly image: string }[];
        readonly containers: readonly { readonly image: string }[];
      };
    };
  };
}

describe('the shipped pre-pull', () => {
  const shipped = read('daemon-set.yaml') as DaemonSet;
  const pod = shipped.spec.template.spec;
  const [helper, ...images] = pod.initContainers.map(({ image }) => image);

  it('is what pullmedic prepull --print prints', () => {
    const { metadata, ...printed } = prepullDaemonSet({
      namespace: 'image-prepull',
      name: shipped.metadata.name,
      images,
      isByTag: false,
      helperImage: DEFAULT_HELPER_IMAGE,
      pullSecretNames: [],
      nodeSelector: {},
      serviceAccountName: 'image-prepull',
      priorityClassName: 'pullmedic-prepull',
    });
    const { namespace, ...named } = metadata;
    expect(shipped).toEqual({ ...printed, metadata: named });
    expect(namespace).toBe(read('kustomization.yaml').namespace);
  });

  it('names every image by digest, and one helper', () => {
    expect(images.length).toBeGreaterThan(0);
    for (const image of [...images, helper]) expect(image).toMatch(/@sha256:[0-9a-f]{64}$/);
    expect(pod.containers.map(({ image }) => image)).toEqual([helper]);
  });

  it('runs as an account without a token, in a namespace where nothing may be more, below everything else', () => {
    expect(read('service-account.yaml')).toMatchObject({
      metadata: { name: pod.serviceAccountName },
      automountServiceAccountToken: false,
    });
    expect(read('namespace.yaml').metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    const { metadata, value, preemptionPolicy, globalDefault } = read('priority-class.yaml');
    expect({ name: metadata.name, preemptionPolicy, globalDefault }).toEqual({
      name: pod.priorityClassName,
      preemptionPolicy: 'Never',
      globalDefault: false,
    });
    expect(value).toBeLessThan(0);
  });
});
