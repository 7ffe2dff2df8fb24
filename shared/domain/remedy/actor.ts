/** Who pressed. Identity is (team, user): names change and are for people to read. */
export interface Actor {
  readonly teamId: string;
  readonly userId: string;
  /** As shown in Slack, at most 80 characters. */
  readonly name: string;
}
