import type { Cause } from '../cause.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { describeNode, lasting, now } from '../support/fixes.ts';
import { ONLY_SOME_NODES } from '../support/node-spread.ts';
import { failingHost } from '../support/subjects.ts';
import { says, wordsOf } from '../support/words.ts';

/** The HTTP(S) forward proxy of the node or runtime is at fault. */
export const proxyError: Cause = {
  id: 'proxy-error',
  title: 'Forward proxy of the node fails',
  family: 'proxy',
  details: [ONLY_SOME_NODES],
  specificity: 83,
  supersedes: ['registry-5xx'],
  healsByWaiting: 'yes',
  docs: 'docs/causes/proxy-error.md',
  subject: (failure) => `proxy/${failure.error.peer === 'proxy' ? failingHost(failure) : 'node'}`,

  match(failure) {
    const { error } = failure;
    if (error.peer === 'proxy' || error.httpStatus === 407) {
      return { confidence: 'likely', evidence: [runtimeSays(failure)] };
    }
    // net/http gives a proxy's refusal of CONNECT as its status text without the number (transport.go, dialConn).
    const isBareStatus =
      (error.url !== undefined || says(error, 'failed to do request')) &&
      /:(?:badgateway|forbidden|serviceunavailable|gatewaytime-?out|badrequest|internalservererror|methodnotallowed|notfound)[.)}\]]*$/.test(
        wordsOf(error),
      ) &&
      error.httpStatus === undefined &&
      !/failed(?:open|tofetch)|contentat/.test(wordsOf(error));
    if (!isBareStatus) return undefined;
    return {
      confidence: 'likely',
      evidence: [
        runtimeSays(failure),
        fact('a status without its number comes from a proxy that refused the tunnel', 'net/http'),
      ],
    };
  },

  phrase: () => 'the forward proxy of the node refuses or does not answer',

  fixes: (failure) => [
    now('check-proxy', "Read HTTPS_PROXY and NO_PROXY of the runtime's service on the node", describeNode(failure)),
    lasting('no-proxy', 'List internal registries in NO_PROXY of the runtime, not only of the shell'),
  ],
};
