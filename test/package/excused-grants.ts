/** Grants that the scenario does not use, each with why it stays. A test drops an excuse that nothing needs any more. */
export interface Excuse {
  readonly functions: readonly string[];
  readonly action: string;
  /** Part of the resource. */
  readonly on: string;
  readonly why: string;
}

const ALL = [
  'alert-webhook',
  'triage-worker',
  'incident-publisher',
  'slack-actions',
  'remedy-worker',
  'sweeper',
  'refresh-scheduler',
  'secret-refresh',
  'preflight',
  'dead-letter',
];
const LOGGING = 'Lambda writes the log by the role of the function, past the SDK and past the harness';

export const EXCUSED: readonly Excuse[] = [
  { functions: ALL, action: 'logs:CreateLogStream', on: ':log-group:', why: LOGGING },
  { functions: ALL, action: 'logs:PutLogEvents', on: ':log-group:', why: LOGGING },
  {
    functions: ['slack-actions'],
    action: 'dynamodb:DeleteItem',
    on: ':table/',
    why: "a person's second “Not it” on an incident, on a later day, replaces the first (incident-records/remedies.ts)",
  },
  {
    functions: ['triage-worker', 'sweeper', 'refresh-scheduler', 'secret-refresh', 'preflight'],
    action: 'eks:DescribeCluster',
    on: ':cluster/',
    why: 'a cluster without a role of its own: the same adapter as remedy-worker, which the scenario lets do it',
  },
  {
    functions: ['remedy-worker'],
    action: 'sts:AssumeRole',
    on: ':role/',
    why: 'a cluster with a role of its own: the same adapter as triage-worker, which the scenario lets do it',
  },
  {
    functions: ['remedy-worker', 'refresh-scheduler'],
    action: 'secretsmanager:GetSecretValue',
    on: ':secret:pullmedic/clusters/',
    why: 'a cluster by a stored kubeconfig: the same adapter as triage-worker, which the scenario lets do it',
  },
];
