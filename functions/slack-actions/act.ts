import { toSlackView } from '../../shared/adapters/slack/to-slack-view.ts';
import { type ActionAnswer, type ActionDeps, acceptAction } from '../../shared/flows/accept-action.ts';
import { parseAction } from '../../shared/flows/actions/parse-action.ts';
import type { ConfigSource } from '../../shared/ports/config-source.ts';
import type { Act, SlackAnswer } from './route-payload.ts';

/** What the flow needs, with the configuration read anew for each payload. */
export type ActDeps = Omit<ActionDeps, 'config'> & { readonly config: ConfigSource };

/**
 * Takes payloads that are known to be Slack's, over HTTP or by Socket Mode. Bolt is loaded with the first of them: a
 * forged request does not get that far, and other commands never need it.
 */
export function createActor(deps: ActDeps): Act {
  let routing: Promise<Act> | undefined;
  return async (payload) => {
    // Bolt takes the shape of what it routes for granted, and crashes on any other.
    if (parseAction(payload) === undefined) {
      deps.log.warn('an action that nothing handles', { type: String(payload['type']).slice(0, 40) });
      return undefined;
    }
    routing ??= import('./route-payload.ts').then(({ createRouter }) =>
      createRouter(async (routed) => {
        const config = await deps.config.load();
        return toSlackAnswer(await acceptAction(routed, { ...deps, config }));
      }),
    );
    return (await routing)(payload);
  };
}

/** docs.slack.dev/surfaces/modals: what a submission is answered with. */
function toSlackAnswer(answer: ActionAnswer): SlackAnswer {
  switch (answer.kind) {
    case 'nothing':
      return undefined;
    case 'errors':
      return { response_action: 'errors', errors: answer.errors };
    case 'show':
      return { response_action: 'update', view: toSlackView(answer.view) };
  }
}
