import { isRecord } from '../../../shared/domain/is-record.ts';
import { checkBlocks, checkLength, checkText, problem } from './check-blocks.ts';
import { SLACK_LIMITS as LIMITS } from './limits.ts';

/** What Slack would say of a view: its error word and the places; nothing = accepted. */
export function checkView(view: unknown): { readonly error?: string; readonly messages?: readonly string[] } {
  if (!isRecord(view)) return { error: 'invalid_arguments' };
  const { type, title, submit, close, blocks, private_metadata, callback_id, external_id } = view;
  const messages: string[] = [];
  if (type !== 'modal') messages.push(problem('unsupported type', '/view/type'));
  messages.push(...checkText(title, LIMITS.viewTitleCharacters, '/view/title', ['plain_text']));
  for (const [name, text] of Object.entries({ submit, close })) {
    if (text !== undefined && text !== null)
      messages.push(...checkText(text, LIMITS.viewTitleCharacters, `/view/${name}`, ['plain_text']));
  }
  messages.push(...checkBlocks(blocks, LIMITS.blocksInView, '/view'));
  messages.push(...checkLength(private_metadata, LIMITS.privateMetadataCharacters, '/view/private_metadata'));
  messages.push(...checkLength(callback_id, LIMITS.idCharacters, '/view/callback_id'));
  messages.push(...checkLength(external_id, LIMITS.idCharacters, '/view/external_id'));
  const hasInput = Array.isArray(blocks) && blocks.some((one) => isRecord(one) && one['type'] === 'input');
  if (hasInput && (submit === undefined || submit === null)) {
    messages.push(problem('missing required field: submit', '/view'));
  }
  if (messages.length > 0) return { error: 'invalid_arguments', messages };
  return JSON.stringify(view).length > LIMITS.viewCharacters ? { error: 'view_too_large' } : {};
}
