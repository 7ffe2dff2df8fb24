/** Where messages go that no route takes. */
export const DEFAULT_CHANNEL = 'incidents';
/** Channels of routes and those that an annotation may name. */
export const TEAM_CHANNELS: readonly string[] = ['team-shop', 'ml-platform', 'dev-alerts'];
export const CLUSTER = 'prod-eu';
/** What the one refresh target is about; the other namespaces have none, so that their messages show what a person does. */
export const REFRESHED = {
  namespace: 'warehouse',
  secret: 'ecr-creds',
  registry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
} as const;

/** The ECR secret that only a button refreshes: its target advises. */
export const ADVISED = { ...REFRESHED, namespace: 'payments' } as const;
/** Only these may press there; in all other namespaces everybody in the channels may. */
const PAYMENTS_PEOPLE = { user: 'U0ALICE00', group: 'S0ONCALL0' } as const;

/**
 * `pullmedic.yaml` of the embedded stack: an ordinary one. Time runs ten times as fast, so an hour's budget of messages
 * is ten times as large.
 */
export function stackConfigText(options: {
  /** Credential reference of the kubeconfig. */
  readonly kubeconfig: string;
  readonly slackApiUrl: string;
  readonly channel: string;
  readonly timeScale: number;
  /** Where the embedded registry itself listens. */
  readonly registryAddress: string;
  /** Where silences are made and diagnoses are told; `undefined` = nowhere. */
  readonly alertmanagerUrl: string | undefined;
  /** Ids of the channels in which people may press; none = nobody may. */
  readonly channelIds: readonly string[];
}): string {
  return `clusters:
  - name: ${CLUSTER}
    environment: prod
    access:
      kind: kubeconfig
      kubeconfig: ${JSON.stringify(options.kubeconfig)}

alerts:
  tokens:
    - current: env:PULLMEDIC_ALERTS_TOKEN

routes:
  rules:
    - namespaces: [team-shop, team-shop-*]
      channel: team-shop
    - namespaces: [dev, dev-*, sandbox-*]
      channel: dev-alerts
      environment: non-prod
      posts: true
  allowedChannels: [ml-platform]

slack:
  channel: ${JSON.stringify(options.channel)}
  botToken: env:SLACK_BOT_TOKEN
  signingSecret: env:SLACK_SIGNING_SECRET
  apiUrl: ${JSON.stringify(options.slackApiUrl)}

${options.alertmanagerUrl === undefined ? '' : `alertmanagers:\n  - url: ${JSON.stringify(options.alertmanagerUrl)}\n`}
registries:
  - host: "*.example.com"
  - host: ${JSON.stringify(options.registryAddress)}
    allowPrivate: true
ecr:
  accounts:
    - id: "123456789012"

targets:
  - name: ${REFRESHED.namespace}
    namespaces: [${REFRESHED.namespace}]
    secretNames: [${REFRESHED.secret}]
    registries: ["${REFRESHED.registry}"]
    roleArn: none
    retryPods: true
  - name: ${ADVISED.namespace}
    namespaces: [${ADVISED.namespace}]
    secretNames: [${ADVISED.secret}]
    registries: ["${ADVISED.registry}"]
    roleArn: none
    mode: advise

${policyText(options.channelIds)}
limits:
  timeScale: ${options.timeScale}
  buzzesPerHour: ${Math.round(6 / options.timeScale)}
`;
}

/** Guests of the workspace may nowhere. */
function policyText(channelIds: readonly string[]): string {
  if (channelIds.length === 0) return '';
  return `policy:
  rules:
    - name: payments
      namespaces: [${ADVISED.namespace}]
      users: [${PAYMENTS_PEOPLE.user}]
      userGroups: [${PAYMENTS_PEOPLE.group}]
    - name: everybody here
      channels: [${channelIds.join(', ')}]
`;
}
