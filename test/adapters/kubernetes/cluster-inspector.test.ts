import { afterEach, describe, expect, it } from '@jest/globals';
import { createClusterInspector } from '../../../shared/adapters/kubernetes/cluster-inspector.ts';
import { createConnection } from '../../../shared/adapters/kubernetes/connection.ts';
import { sendJson, startApiServer } from './api-server.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const FORBIDDEN = 'validatingadmissionpolicies is forbidden: User "u" cannot list resource';

/** @param probe what the server answers to the dry-run of an event */
async function inspectorOf(probe: { readonly status: number; readonly message?: string }) {
  const server = await startApiServer(({ path, query }, response) => {
    if (!path.endsWith('/events')) return sendJson(response, 403, { message: FORBIDDEN });
    sendJson(response, query.get('dryRun') === 'All' ? probe.status : 500, { message: probe.message });
  });
  open.push(server.close);
  const connection = createConnection(
    {
      server: server.url,
      certificateAuthority: undefined,
      isTlsVerified: true,
      tlsServerName: undefined,
      proxyUrl: undefined,
    },
    async () => undefined,
  );
  open.push(() => connection.close());
  return createClusterInspector(connection);
}

describe('the admission policies, for an identity that may not list them', () => {
  it.each([
    {
      says: 'there, where one refuses the dry-run',
      probe: {
        status: 403,
        // As kube-apiserver v1.36.3 said it.
        message: `events "pullmedic-doctor" is forbidden: ValidatingAdmissionPolicy 'pullmedic-events' with binding 'pullmedic-events' denied request: only-own-events: pullmedic writes only ImagePullDiagnosed events about pods`,
      },
      state: { kind: 'there' },
    },
    { says: 'not enforced, where it is let through', probe: { status: 201 }, state: { kind: 'not-enforced' } },
    {
      says: 'unknown, where RBAC refuses it first',
      probe: { status: 403, message: 'events is forbidden: User "u" cannot create resource "events"' },
      state: { kind: 'unknown', why: 'this identity may neither list the policies nor try one with an event' },
    },
  ])('are $says', async ({ probe, state }) => {
    const inspector = await inspectorOf(probe);
    expect(await inspector.policies(['pullmedic-events'])).toEqual(state);
  });
});
