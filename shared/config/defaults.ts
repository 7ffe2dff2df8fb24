/** Alert names that concern image pulls by themselves: the seed's three and the stock ones. */
export const PULL_ALERT_NAMES: readonly string[] = [
  'ImagePullBackOff',
  'HighImagePullFailureRate',
  'RegistryUnreachable',
  'KubeContainerWaiting',
  'KubePodNotReady',
  'KubePodImagePullBackOff',
];

/** Where a cluster's kubeconfig is, unless `access` says otherwise. */
export function defaultKubeconfig(cluster: string): string {
  return `aws-sm:pullmedic/clusters/${cluster}#kubeconfig`;
}

/** One secret in Secrets Manager holds what Slack gave for the app. */
export const DEFAULT_BOT_TOKEN = 'aws-sm:pullmedic/slack#botToken';
export const DEFAULT_SIGNING_SECRET = 'aws-sm:pullmedic/slack#signingSecret';

/** What Alertmanager sends, unless `alerts.tokens` says otherwise. */
export const DEFAULT_ALERT_TOKEN = 'aws-sm:pullmedic/alerts#token';

/** Slack's own Web API. */
export const SLACK_API_URL = 'https://slack.com/api/';

/** The alert of kube-prometheus that always fires. */
export const WATCHDOG_NAME = 'Watchdog';
