/**
 * The most that a bundle may weigh, in kB (1,000 bytes) minified: what a cold start must load. alert-webhook answers
 * Alertmanager and has the tightest one; the workers carry the Kubernetes client or Slack's.
 */
export const BUDGETS_KB: Readonly<Record<string, number>> = {
  'alert-webhook': 400,
  'dead-letter': 280,
  'triage-worker': 2_380,
  'incident-publisher': 700,
  // Somebody waits for its answer.
  'slack-actions': 660,
  'remedy-worker': 2_600,
  sweeper: 2_300,
  // Not on Lambda: it holds every command, the server included.
  'refresh-scheduler': 2_200,
  'secret-refresh': 2_300,
  preflight: 2_300,
  cli: 3_400,
};

/**
 * Packages that a bundle must not contain, by the beginning of their name: each function carries what it needs and
 * nothing else. dead-letter has none of the code that may have failed before it.
 */
export const FORBIDDEN_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'alert-webhook': [
    '@kubernetes/client-node',
    '@slack/',
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/lib-dynamodb',
    '@aws-sdk/client-ecr',
  ],
  'dead-letter': [
    '@kubernetes/client-node',
    '@slack/',
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/lib-dynamodb',
    '@aws-sdk/client-sqs',
  ],
  'triage-worker': ['@slack/'],
  'incident-publisher': ['@kubernetes/client-node', '@slack/bolt'],
  // Bolt's routing, without the receivers that bring these.
  'slack-actions': ['@kubernetes/client-node', 'express', '@slack/oauth', '@slack/socket-mode', 'undici'],
  'remedy-worker': ['@slack/bolt', '@slack/socket-mode'],
  sweeper: ['@slack/'],
  'refresh-scheduler': ['@slack/', '@aws-sdk/client-ecr'],
  'secret-refresh': ['@slack/'],
  preflight: ['@slack/'],
  cli: ['express', '@slack/oauth'],
};

/** Folders of our own that a bundle must not contain. */
export const FORBIDDEN_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  'alert-webhook': ['shared/diagnosis/', 'shared/chat/', 'shared/adapters/dynamodb/', 'shared/adapters/sqlite/'],
  'dead-letter': [
    'shared/diagnosis/',
    'shared/chat/',
    'shared/flows/',
    'shared/adapters/dynamodb/',
    'shared/adapters/slack/',
  ],
  'triage-worker': ['shared/chat/slack/', 'shared/adapters/sqlite/', 'shared/adapters/slack/'],
  'incident-publisher': [
    'shared/adapters/kubernetes/connection.ts',
    'shared/adapters/kubernetes/cluster-reader.ts',
    'shared/adapters/sqlite/',
  ],
  'slack-actions': [
    'shared/diagnosis/',
    'shared/adapters/kubernetes/connection.ts',
    'shared/adapters/kubernetes/cluster-reader.ts',
    'shared/adapters/sqlite/',
  ],
  'remedy-worker': ['shared/adapters/sqlite/'],
  sweeper: ['shared/chat/slack/', 'shared/adapters/sqlite/', 'shared/adapters/slack/'],
  'refresh-scheduler': ['shared/chat/', 'shared/diagnosis/', 'shared/adapters/sqlite/', 'shared/adapters/ecr/'],
  'secret-refresh': ['shared/chat/', 'shared/adapters/sqlite/', 'shared/adapters/slack/'],
  preflight: ['shared/chat/slack/', 'shared/adapters/sqlite/', 'shared/adapters/slack/'],
};

/** No bundle of a Lambda holds any of these. */
export const NEVER_SHIPPED: readonly string[] = ['infra/', 'test/'];
