/** One scope of the Slack app: why `infra/slack/manifest.yaml` asks for it. */
export interface SlackScope {
  readonly scope: string;
  /** Web API methods that need it, as Slack documents them. */
  readonly methods: readonly string[];
  readonly purpose: string;
  /** What is lost without it. */
  readonly without: string;
}

/** Bot scopes that pullmedic uses: these and no others. */
export const SLACK_SCOPES: readonly SlackScope[] = [
  {
    scope: 'chat:write',
    methods: ['chat.postMessage', 'chat.update', 'chat.postEphemeral'],
    purpose: 'post and edit its own messages in channels that it was invited to',
    without: 'nothing is posted at all',
  },
  {
    scope: 'channels:history',
    methods: ['conversations.history', 'conversations.replies'],
    purpose: 'find its own message again, by its metadata, after an answer was lost (public channels)',
    without: 'an answer that gets lost leaves a message that is never edited, or a second one',
  },
  {
    scope: 'groups:history',
    methods: ['conversations.history', 'conversations.replies'],
    purpose: 'the same in private channels',
    without: 'an answer that gets lost leaves a message that is never edited, or a second one, in private channels',
  },
  {
    scope: 'channels:read',
    methods: ['conversations.list', 'conversations.info'],
    purpose: 'turn the name of a public channel into its id',
    without: 'channels must be configured by id, and `pullmedic doctor` cannot tell whether the bot is in them',
  },
  {
    scope: 'groups:read',
    methods: ['conversations.list', 'conversations.info'],
    purpose: 'the same for private channels',
    without: 'channels must be configured by id, and `pullmedic doctor` cannot tell whether the bot is in them',
  },
  {
    scope: 'users:read',
    methods: ['users.info'],
    purpose: 'tell whether whoever pressed is a member or a guest, and by what name',
    without: 'every button answers that it cannot tell who pressed',
  },
  {
    scope: 'usergroups:read',
    methods: ['usergroups.users.list'],
    purpose: 'tell who is in the user groups of the policy (`userGroups`)',
    without: 'nobody may press by way of a user group',
  },
];

/** Scope of the app-level token, where Socket Mode is used. */
export const SOCKET_SCOPE = 'connections:write';
