import { describe, expect, it } from '@jest/globals';
import { event, HOUR, NOW, node, peers, pod } from './build.ts';
import { best, type Facts, findings, textsOf } from './findings.ts';

const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const BUCKET = 'prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com';
const TIMEOUT =
  'failed to pull and unpack image "r.example.com/team/app:v1": failed to resolve image: failed to do request: Head "https://r.example.com/v2/team/app/manifests/v1": dial tcp 10.0.0.1:443: i/o timeout';

function zone(name: string, value: string, facts: Parameters<typeof node>[1] = {}) {
  return node(name, { labels: { 'topology.kubernetes.io/zone': value }, ...facts });
}

describe('a pull that fails on some nodes only', () => {
  it('names them, and what they alone have', () => {
    const found = best(TIMEOUT, {
      node: zone('node-1', 'eu-west-1b'),
      peers: peers({
        runningPods: 4,
        runningNodes: ['node-3', 'node-4', 'node-5', 'node-6'],
        failingPods: 1,
        failingNodes: ['node-2'],
        nodes: [zone('node-2', 'eu-west-1b'), zone('node-3', 'eu-west-1a'), zone('node-4', 'eu-west-1a')],
      }),
    });
    expect(found).toMatchObject({ causeId: 'connection-timeout', detail: 'only-some-nodes', confidence: 'likely' });
    expect(textsOf(found)).toContain(
      'fails on nodes node-1, node-2, while nodes node-3, node-4, node-5 and 1 more run this image',
    );
    expect(textsOf(found)).toContain('they alone have zone eu-west-1b');
  });

  it.each([
    {
      what: 'the runtime',
      bad: { runtimeVersion: 'containerd://2.1.0' },
      good: { runtimeVersion: 'containerd://1.7.0' },
      says: 'it alone has runtime containerd://2.1.0',
    },
    {
      what: 'the node group',
      bad: { labels: { 'karpenter.sh/nodepool': 'gpu' } },
      good: { labels: { 'karpenter.sh/nodepool': 'web' } },
      says: 'it alone has node group gpu',
    },
    {
      what: 'the age',
      bad: { createdAt: NOW - HOUR },
      good: { createdAt: NOW - 9 * HOUR },
      says: 'what fails is newer than what runs it: made 2026-11-22 11:00 UTC',
    },
    { what: 'nothing', bad: {}, good: {}, says: undefined },
    {
      what: 'a zone that only one of them tells',
      bad: { labels: { 'topology.kubernetes.io/zone': 'a' } },
      good: {},
      says: undefined,
    },
  ])('tells $what apart', ({ bad, good, says }) => {
    const found = best(TIMEOUT, {
      node: node('node-1', bad),
      peers: peers({ runningPods: 1, runningNodes: ['node-2'], nodes: [node('node-2', good)] }),
    });
    expect(textsOf(found)).toContain('fails on node node-1, while node node-2 runs this image');
    if (says === undefined) expect(found.evidence.map(({ source }) => source)).not.toContain('nodes');
    else expect(textsOf(found)).toContain(says);
  });

  it('says what failing nodes share where the others were not read', () => {
    const found = best(TIMEOUT, {
      node: zone('node-1', 'eu-west-1b'),
      peers: peers({
        runningPods: 1,
        runningNodes: ['node-3'],
        failingPods: 1,
        failingNodes: ['node-2'],
        nodes: [zone('node-2', 'eu-west-1b')],
      }),
    });
    expect(textsOf(found)).toContain('all of them have zone eu-west-1b; the nodes that run it were not read');
  });

  it.each([
    { why: 'nobody runs the image', facts: { node: node('node-1'), peers: peers({ failingNodes: ['node-2'] }) } },
    {
      why: 'the node itself runs it',
      facts: { node: node('node-1'), peers: peers({ runningPods: 1, runningNodes: ['node-1'] }) },
    },
    {
      why: 'another failing node runs it',
      facts: {
        node: node('node-1'),
        peers: peers({ runningPods: 1, runningNodes: ['node-2'], failingNodes: ['node-2'] }),
      },
    },
    {
      why: 'the pod has no node',
      facts: { pod: pod({ nodeName: undefined }), peers: peers({ runningPods: 1, runningNodes: ['node-2'] }) },
    },
    { why: 'peers are not known', facts: {} },
  ])('is not concluded where $why', ({ facts }) => {
    expect(best(TIMEOUT, facts).detail).toBeUndefined();
  });

  it('is not said of what the registry answered', () => {
    const text = 'failed to pull image "r.example.com/team/app:v1": manifest unknown: manifest unknown';
    const found = best(text, { peers: peers({ runningPods: 1, runningNodes: ['node-2'] }) });
    expect(found.causeId).toBe('tag-not-found');
    expect(found.detail).not.toBe('only-some-nodes');
  });
});

describe('nodes of a private subnet', () => {
  const layer = (end: string) =>
    `failed to pull and unpack image "${ECR}/cart:v1": failed to copy: httpReadSeeker: failed open: ${end}`;
  const LAYER_URL = `https://${BUCKET}/abc-123?X-Amz-Algorithm=x`;

  it.each([
    {
      what: 'a layer that times out',
      text: layer(`failed to do request: Get "${LAYER_URL}": dial tcp 52.218.0.1:443: i/o timeout`),
      cause: 'connection-timeout',
      detail: 's3-endpoint',
      service: 'com.amazonaws.eu-west-1.s3',
    },
    {
      what: 'a layer that is forbidden',
      text: layer(`unexpected status code ${LAYER_URL}: 403 Forbidden`),
      cause: 'auth-forbidden',
      detail: 's3-endpoint',
      service: 'com.amazonaws.eu-west-1.s3',
    },
    {
      what: 'a manifest that times out',
      text: TIMEOUT.replaceAll('r.example.com', ECR),
      cause: 'connection-timeout',
      detail: 'ecr-dkr-endpoint',
      service: 'com.amazonaws.eu-west-1.ecr.dkr',
    },
  ])('$what ─▶ $cause, $detail', ({ text, cause, detail, service }) => {
    const found = findings(text).find(({ causeId }) => causeId === cause);
    expect(found).toMatchObject({ detail, confidence: 'likely' });
    expect(found?.fixes.flatMap(({ commands }) => commands).join()).toContain(`'Name=service-name,Values=${service}'`);
  });

  it.each([
    {
      what: 'another bucket',
      text: layer(
        'failed to do request: Get "https://images.s3.eu-west-1.amazonaws.com/x": dial tcp 52.218.0.1:443: i/o timeout',
      ),
    },
    {
      what: 'a host that only looks like the bucket',
      text: layer(`failed to do request: Get "https://${BUCKET}.evil.example/x": dial tcp 52.218.0.1:443: i/o timeout`),
    },
    {
      what: 'a bucket that breaks off',
      text: layer(
        `failed to do request: Get "${LAYER_URL}": read tcp 10.0.0.1:1->52.218.0.1:443: read: connection reset by peer`,
      ),
    },
    { what: 'another registry', text: TIMEOUT },
  ])('$what says nothing of endpoints', ({ text }) => {
    expect(findings(text).map(({ detail }) => detail)).not.toContain('s3-endpoint');
    expect(findings(text).map(({ detail }) => detail)).not.toContain('ecr-dkr-endpoint');
  });

  it('may lack the endpoint that gives the token: a possibility, said so', () => {
    const text = `Get "https://${ECR}/v2/cart/manifests/v1": no basic auth credentials`;
    const found = findings(text).find(({ causeId }) => causeId === 'kubelet-credential-provider-failed');
    expect(found).toMatchObject({ confidence: 'possible' });
    expect(found?.evidence.map((each) => each.text).join()).toContain('the VPC endpoint ecr.api');
    expect(found?.fixes.map(({ id }) => id)).toContain('ecr-api-endpoint');
  });
});

describe('what a stuck pod holds', () => {
  it('is said of every cause, with since when', () => {
    const gpu = pod({ holds: { 'nvidia.com/gpu': '2' }, scheduledAt: NOW - HOUR });
    for (const text of [TIMEOUT, 'no space left on device', 'words of no known kind']) {
      expect(textsOf(best(text, { pod: gpu }))).toContain(
        'while it waits, the pod holds 2 × nvidia.com/gpu on node-1 since 2026-11-22 11:00 UTC',
      );
    }
  });

  it('is nothing without a node, and nothing where nothing special was asked for', () => {
    const unbound = pod({ holds: { 'nvidia.com/gpu': '1' }, nodeName: undefined });
    expect(textsOf(best(TIMEOUT, { pod: unbound }))).not.toContain('holds');
    expect(textsOf(best(TIMEOUT))).not.toContain('holds');
  });
});

describe('a slow pull', () => {
  it('tells how large the image is where a node has it', () => {
    const found = findings('', {
      state: 'stalled',
      events: [event('Pulling', 'Pulling image "r.example.com/team/app:v1"')],
      peers: peers({
        runningPods: 1,
        runningNodes: ['node-2'],
        nodes: [node('node-2', { hasImage: true, imageBytes: 12_300_000_000 })],
      }),
    });
    expect(found.map(({ causeId }) => causeId)).toEqual(['pull-stalled', 'pull-slow']);
    for (const each of found) expect(textsOf(each)).toContain('the image has 12.3 GB on node node-2');
    expect(found[0]?.detail).toBe('only-some-nodes');
  });

  it('tells its pace where the kubelet gives the size', () => {
    const text =
      'Successfully pulled image "r.example.com/team/app:v1" in 10m0s (10m0s including waiting). Image size: 6000000000 bytes.';
    expect(textsOf(best(text))).toContain('the pull took 10 min for 6.0 GB, 10 MB a second with unpacking');
  });
});

describe('an image name that no parser takes', () => {
  const refused = (imageText: string): Facts => ({ imageText, reason: 'InvalidImageName' });
  const TEXT = 'Failed to apply default image tag: couldn’t parse image name: invalid reference format';

  it.each([
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what a template left behind.
    { name: 'r.example.com/app:${TAG}', detail: 'unexpanded-variable' },
    { name: 'r.example.com/app:$(TAG)', detail: 'unexpanded-variable' },
    { name: 'r.example.com/$APP:v1', detail: 'unexpanded-variable' },
    { name: 'r.example.com/app:{{ .Values.image.tag }}', detail: 'unexpanded-variable' },
    { name: 'r.example.com/app:<tag>', detail: 'unexpanded-variable' },
    { name: 'r.example.com/app:%TAG%', detail: 'unexpanded-variable' },
    { name: 'https://r.example.com/app:v1', detail: 'scheme' },
    { name: 'docker://r.example.com/app:v1', detail: 'scheme' },
    { name: 'r.example.com/app:v1 ', detail: 'white-space' },
    { name: 'r.example.com/app\u200b:v1', detail: 'white-space' },
    { name: 'r.example.com/Team/App:v1', detail: 'upper-case' },
    { name: 'r.example.com:5000/App:v1', detail: 'upper-case' },
    { name: 'r.example.com/app:V1:2', detail: undefined },
    { name: 'r.example.com/app:', detail: undefined },
    { name: '/app:v1', detail: undefined },
  ])('$name ─▶ $detail', ({ name, detail }) => {
    const found = best(TEXT, refused(name));
    expect(found).toMatchObject({ causeId: 'invalid-image-name', confidence: 'certain' });
    expect(found.detail).toBe(detail);
    expect(found.phrase).toMatch(/^image name .*is not valid/);
  });

  it('is only likely where a text says so and no kubelet', () => {
    const found = best('invalid reference format: repository name must be lowercase', {
      imageText: 'r.example.com/App',
    });
    expect(found).toMatchObject({ causeId: 'invalid-image-name', confidence: 'likely', detail: 'upper-case' });
  });
});
