import { describe, expect, it } from '@jest/globals';
import type { ContainerStatus, Pod } from '../../../shared/domain/kubernetes.ts';
import { nodeProgress } from '../../../shared/domain/prepull/node-progress.ts';

const IMAGES = 2;
const waiting = (reason: string, message?: string) => ({ state: { waiting: { reason, ...(message && { message }) } } });
const ended = { imageID: 'sha256:1', state: { terminated: { exitCode: 0, reason: 'Completed' } } };
const helper: ContainerStatus = { name: 'helper', ...ended };
const NOT_READY = [{ type: 'Ready', status: 'False' }];

function pod(node: string, inits: readonly ContainerStatus[], more: Partial<Pod> = {}): Pod {
  const { metadata, status, spec } = more;
  return {
    metadata: { name: `prepull-${node}`, creationTimestamp: '2026-11-22T11:00:00Z', ...metadata },
    spec: { nodeName: node, ...spec },
    status: { conditions: NOT_READY, initContainerStatuses: inits, ...status },
  };
}

describe('how far a node is', () => {
  it.each<{ what: string; inits: readonly ContainerStatus[]; more?: Partial<Pod>; is: object }>([
    {
      what: 'its pod has just come: waiting',
      inits: [{ name: 'helper', ...waiting('PodInitializing') }],
      is: { state: 'waiting', pulled: 0, why: undefined },
    },
    {
      what: 'the helper counts as no image',
      inits: [helper, { name: 'image-1', ...waiting('PodInitializing') }],
      is: { state: 'waiting', pulled: 0, why: undefined },
    },
    {
      what: 'one image ended, the other is being pulled',
      inits: [helper, { name: 'image-1', ...ended }, { name: 'image-2', ...waiting('PodInitializing') }],
      is: { state: 'waiting', pulled: 1, why: undefined },
    },
    {
      what: 'the pod is ready: done',
      inits: [helper, { name: 'image-1', ...ended }, { name: 'image-2', ...ended }],
      more: { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
      is: { state: 'done', pulled: 2, why: undefined },
    },
    {
      what: 'the second image cannot be pulled: failing, with the words of the kubelet',
      inits: [helper, { name: 'image-1', ...ended }, { name: 'image-2', ...waiting('ImagePullBackOff', 'not found') }],
      is: { state: 'failing', pulled: 1, why: 'image-2: ImagePullBackOff: not found' },
    },
    {
      what: 'an image that is there and cannot be started: pulled, and failing',
      inits: [
        helper,
        { name: 'image-1', imageID: 'sha256:1', state: { terminated: { exitCode: 128, reason: 'StartError' } } },
      ],
      is: { state: 'failing', pulled: 1, why: 'image-1: StartError, exit status 128' },
    },
    {
      what: 'no room on the node: failing, with the words of the scheduler',
      inits: [],
      more: {
        status: {
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'Too many pods.' }],
        },
      },
      is: { state: 'failing', pulled: 0, why: 'Unschedulable: Too many pods.' },
    },
  ])('$what', ({ inits, more, is }) => {
    expect(nodeProgress([pod('node-1', inits, more)], IMAGES)).toEqual([
      { node: 'node-1', pod: 'prepull-node-1', ...is },
    ]);
  });

  it('is known by the affinity of a pod that is not on its node yet', () => {
    const terms = [{ matchFields: [{ key: 'metadata.name', values: ['node-9'] }] }];
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
    const [progress] = nodeProgress([{ ...pod('', []), spec: { affinity } }], IMAGES);
    expect(progress?.node).toBe('node-9');
  });

  it('goes by the newest pod of a node that is not ending, in the order of names', () => {
    const old = pod('node-2', [{ name: 'image-1', ...waiting('ErrImagePull') }], { metadata: { name: 'old' } });
    const newer = pod('node-2', [], { metadata: { name: 'new', creationTimestamp: '2026-11-22T11:05:00Z' } });
    const going = pod('node-2', [], {
      metadata: { name: 'going', creationTimestamp: '2026-11-22T11:09:00Z', deletionTimestamp: '2026-11-22T11:10:00Z' },
    });
    const seen = nodeProgress([pod('node-10', []), going, newer, old], IMAGES);
    expect(seen.map(({ node, pod: name }) => `${node} ${name}`)).toEqual(['node-2 new', 'node-10 prepull-node-10']);
  });
});
