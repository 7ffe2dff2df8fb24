/** Somebody who can press a button in the embedded workspace. */
export interface SlackPerson {
  readonly id: string;
  /** Handle. */
  readonly name: string;
  readonly realName: string;
  /** Home workspace: another one = here by a shared channel (Slack Connect). */
  readonly teamId: string;
  /** `full` member, `multi`- or `single`-channel guest. */
  readonly membership: 'full' | 'multi' | 'single';
}

export interface SlackUserGroup {
  readonly id: string;
  readonly handle: string;
  readonly members: readonly string[];
}

export const HOME_TEAM = { id: 'T0LOCAL0', name: 'local' } as const;
export const FOREIGN_TEAM = { id: 'T0OTHER0', name: 'other' } as const;

/** Two members, a guest, and somebody of another workspace in a shared channel. */
export const PEOPLE: readonly SlackPerson[] = [
  { id: 'U0ALICE00', name: 'alice', realName: 'Alice', teamId: HOME_TEAM.id, membership: 'full' },
  { id: 'U0BOB0000', name: 'bob', realName: 'Bob', teamId: HOME_TEAM.id, membership: 'full' },
  { id: 'U0GUEST00', name: 'guest', realName: 'A guest', teamId: HOME_TEAM.id, membership: 'multi' },
  { id: 'U0STRANGE', name: 'mallory', realName: 'Mallory', teamId: FOREIGN_TEAM.id, membership: 'full' },
];

/** Alice is on call. */
export const USER_GROUPS: readonly SlackUserGroup[] = [{ id: 'S0ONCALL0', handle: 'oncall', members: ['U0ALICE00'] }];

/** Whoever else has a well-formed id is a member of the workspace too: there are more people than the page offers. */
export function findPerson(id: string): SlackPerson | undefined {
  const known = PEOPLE.find((one) => one.id === id);
  if (known !== undefined || !/^[UW][A-Z0-9]{2,20}$/.test(id)) return known;
  const name = id.toLowerCase();
  return { id, name, realName: name, teamId: HOME_TEAM.id, membership: 'full' };
}
