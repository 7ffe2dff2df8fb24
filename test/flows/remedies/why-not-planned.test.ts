import { describe, expect, it } from '@jest/globals';
import { ClusterError, ConfigError, StoreError } from '../../../shared/domain/errors.ts';
import { whyNotPlanned } from '../../../shared/flows/remedies/why-not-planned.ts';

const gap = { what: 'pods in shop could not be listed', why: '403', command: "kubectl create role 'p'" };

describe('whyNotPlanned', () => {
  it.each([
    {
      error: new ClusterError('list', 'pods in shop', 403, gap),
      says: /does not let pullmedic’s remedy identity in there .*overlays\/remedy in that namespace, or at least: kubectl create role 'p'$/,
    },
    { error: new ClusterError('list', 'pods in shop', 403), says: /overlays\/remedy in that namespace$/ },
    {
      error: new ClusterError('list', 'pods in shop', 503),
      says: /just now \(list pods in shop: 503\).*press again in a minute/,
    },
    { error: new StoreError('away', { retry: 'retry' }), says: /just now \(away\)/ },
    {
      error: new ConfigError('cluster x is not configured'),
      says: /cannot be planned \(cluster x is not configured\).*will not help/,
    },
  ])('$error.message', ({ error, says }) => {
    expect(whyNotPlanned(error)).toMatch(says);
    expect(whyNotPlanned(error)).toContain('Nothing was changed');
  });
});
