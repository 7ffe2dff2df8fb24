import type { Cause } from '../cause.ts';
import { runtimeSays } from '../support/evidence.ts';
import { describeNode, lasting, now } from '../support/fixes.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { nodeSubject } from '../support/subjects.ts';
import { says, wordsOf } from '../support/words.ts';

/** The runtime is configured wrongly: hosts.toml, registries.conf, policy.json, sandbox image, snapshotter. */
export const runtimeConfig: Cause = {
  id: 'runtime-config',
  title: 'Container runtime is configured wrongly',
  family: 'node-runtime',
  details: [ONLY_SOME_NODES],
  specificity: 74,
  supersedes: ['connection-refused'],
  healsByWaiting: 'no',
  docs: 'docs/causes/runtime-config.md',
  subject: nodeSubject,

  match(failure) {
    const { error } = failure;
    const isSaid = says(
      error,
      'hosts.toml',
      'registries.yaml',
      'registries.conf',
      'policy.json',
      'trust policy',
      'parse TOML',
      'TOML value',
      'invalid cri',
      'host` tree',
      'invalid host',
      'failed to load host',
      'config_path',
      'snapshotter not loaded',
      'unsupported protocol scheme',
      'unknown service runtime.v1',
      'failed to load X509 key pair',
      'missing key',
      'missing client certificate',
      'certs.d',
      'docker-credential-',
      'runtime handler',
      'registries configuration',
      'loading registries',
      'invalid URL',
      'missing protocol scheme',
      'error getting credentials',
      'no runtime for',
      'no unpack platforms defined',
      'snapshotter must be provided',
      'initialize unpacker',
      'create unpacker',
      'too many colons in address',
      'missing port in address',
      ': invalid port',
    );
    // A sandbox image without a registry gives a request without a host: `https:///v2/pause/…`.
    const isHostless = /https?:\/\/\/v[012]\//.test(error.text);
    const isSnapshotter =
      /snapshotter[\w-]{0,60}(?:wasnotfound|notfound|(?:is)?not(?:configured|registered|loaded)|doesnotexist)/.test(
        wordsOf(error),
      );
    if (!isSaid && !isHostless && !isSnapshotter) return undefined;
    return { confidence: 'likely', evidence: [runtimeSays(failure)] };
  },

  phrase: () => 'the container runtime on the node is configured wrongly',

  fixes: (failure) => [
    now(
      'check-config',
      'On the node: does the runtime accept its configuration?',
      'containerd config dump',
      'ls -R /etc/containerd/certs.d',
    ),
    now('look-at-node', 'Compare with a node that pulls', describeNode(failure)),
    lasting('test-config', 'Test runtime configuration on one node before it reaches all'),
  ],
};
