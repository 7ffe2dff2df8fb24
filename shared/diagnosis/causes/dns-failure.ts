import type { Cause } from '../cause.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { askFromNode, describeNode, lasting, now } from '../support/fixes.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { failingHost, hostSubject } from '../support/subjects.ts';
import { says } from '../support/words.ts';

/** The name of the registry does not resolve on the node: whatever follows `lookup HOST`. */
export const dnsFailure: Cause = {
  id: 'dns-failure',
  title: 'Registry host name does not resolve',
  family: 'registry-connection',
  details: [ONLY_SOME_NODES],
  specificity: 82,
  supersedes: [],
  healsByWaiting: 'yes',
  docs: 'docs/causes/dns-failure.md',
  subject: hostSubject,

  match(failure) {
    const { error } = failure;
    if (error.peer !== 'resolver') return undefined;
    const server = / on (\[[^\]\s]{2,60}\]|[\d.]{7,15}):53/.exec(error.text)?.[1];
    const evidence = [runtimeSays(failure)];
    if (server !== undefined) evidence.push(fact(`the node asked the DNS server ${server}`, 'the runtime'));
    return { confidence: 'likely', evidence };
  },

  phrase: ({ error }) =>
    says(error, 'no such host')
      ? "the registry's host name does not exist in DNS"
      : 'DNS on the node does not answer for the registry',

  fixes: (failure) => [
    now(
      'check-name',
      'Check the spelling of the host in the image name, then ask from the node',
      askFromNode(failure, failingHost(failure)),
    ),
    now(
      'check-resolver',
      "Look at the node's resolver: /etc/resolv.conf, systemd-resolved, the VPC's DNS",
      describeNode(failure),
    ),
    lasting('node-dns', 'Give nodes two resolvers and watch them; nodes do not use the cluster DNS'),
  ],
};
