import type { Secret } from '../secret.ts';
import { REFRESH_LABEL } from './plan-secret.ts';

/** A Secret that pullmedic makes: labelled as one, which the admission policy of the cluster asks for. */
export interface NewPullSecret {
  readonly namespace: string;
  readonly name: string;
  /** Value of `.dockerconfigjson`, base64. */
  readonly data: Secret;
  readonly annotation: string;
}

export const PULL_SECRET_TYPE = 'kubernetes.io/dockerconfigjson';

export const CREATED_LABELS: Readonly<Record<string, string>> = {
  'app.kubernetes.io/managed-by': 'pullmedic',
  [REFRESH_LABEL]: 'true',
};
