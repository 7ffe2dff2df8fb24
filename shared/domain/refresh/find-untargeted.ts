import type { KubeSecret } from '../kubernetes.ts';
import { openCredentials } from './credential-document.ts';
import { judgeKey } from './judge-key.ts';
import { REFRESH_LABEL } from './plan-secret.ts';
import type { RefreshFinding } from './result.ts';
import type { RefreshTarget } from './target.ts';

/**
 * What to say of a Secret that no target of its cluster claims: it may ask for a refresh by its label, or bear the name
 * and the registry of a target of elsewhere. Nothing is done for it.
 * @param targets of every cluster
 */
export function findUntargeted(
  secret: KubeSecret,
  cluster: string,
  targets: readonly RefreshTarget[],
): RefreshFinding | undefined {
  const { namespace = 'default', name = '', labels = {} } = secret.metadata ?? {};
  const at = { cluster, namespace, name };
  const label = labels[REFRESH_LABEL];
  if (label !== undefined && label !== 'false') {
    const why = `its label ${REFRESH_LABEL} asks for a refresh, but no target names it: nothing is done`;
    return { ...at, kind: 'labelled-outside-targets', why };
  }

  const named = targets.filter(({ secretNames }) => secretNames.includes(name));
  if (named.length === 0) return undefined;
  const document = openCredentials(secret);
  if ('problem' in document) return undefined;
  const target = document.entries
    .map(({ key }) => judgeKey(key, named))
    .find((verdict) => verdict.kind === 'ours')?.target;
  if (target === undefined) return undefined;
  const place = target.clusters?.includes(cluster) === false ? `cluster ${cluster}` : `namespace ${namespace}`;
  return {
    ...at,
    kind: 'namesake',
    why: `it is named like a secret of target ${target.name}, which does not name ${place}: nothing is done`,
  };
}
