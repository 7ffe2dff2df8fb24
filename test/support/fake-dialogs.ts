import { ChatError } from '../../shared/domain/errors.ts';
import type { Dialogs, DialogView, SlackUser } from '../../shared/ports/dialogs.ts';

/** Slack's dialogs as far as a flow sees them: a trigger works once, a closed dialog is gone. */
export interface FakeDialogs extends Dialogs {
  /** Opened dialogs, as each stands now. */
  readonly views: Map<string, DialogView>;
  /** All that was shown, in order. */
  readonly shown: DialogView[];
  readonly told: { readonly channelId: string; readonly userId: string; readonly text: string }[];
  readonly people: Map<string, SlackUser>;
  readonly groups: Map<string, readonly string[]>;
  /** Methods that fail from now on, with Slack's word for it. */
  readonly failing: Map<keyof Dialogs, string>;
  close(viewId: string): void;
}

export const TEAM = 'T0TEAM001';

export function createFakeDialogs(): FakeDialogs {
  const views = new Map<string, DialogView>();
  const shown: DialogView[] = [];
  const told: { channelId: string; userId: string; text: string }[] = [];
  const people = new Map<string, SlackUser>();
  const groups = new Map<string, readonly string[]>();
  const failing = new Map<keyof Dialogs, string>();
  const triggers = new Set<string>();
  const check = (method: keyof Dialogs) => {
    const reason = failing.get(method);
    if (reason !== undefined) throw new ChatError(method, reason, { retry: 'give-up' });
  };
  return {
    views,
    shown,
    told,
    people,
    groups,
    failing,
    close: (viewId) => void views.delete(viewId),
    async open(triggerId, view) {
      check('open');
      if (triggers.has(triggerId)) throw new ChatError('views.open', 'exchanged_trigger_id', { retry: 'give-up' });
      triggers.add(triggerId);
      const viewId = `V${triggers.size}`;
      views.set(viewId, view);
      shown.push(view);
      return { viewId };
    },
    async update(viewId, view) {
      check('update');
      shown.push(view);
      if (!views.has(viewId)) return 'gone';
      views.set(viewId, view);
      return 'done';
    },
    async tell({ channelId, userId }, text) {
      check('tell');
      told.push({ channelId, userId, text });
    },
    async user(userId) {
      check('user');
      const known = people.get(userId);
      return known ?? { teamId: TEAM, name: userId.toLowerCase(), isGuest: false, isStranger: false };
    },
    async groupMembers(groupId) {
      check('groupMembers');
      return groups.get(groupId) ?? [];
    },
    async ownTeam() {
      check('ownTeam');
      return TEAM;
    },
  };
}

/** All words of a dialog. */
export function wordsOf(view: DialogView | undefined): string {
  return view === undefined ? '' : `${view.title} ${JSON.stringify(view.blocks)}`;
}
