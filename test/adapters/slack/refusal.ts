import { ChatError } from '../../../shared/domain/errors.ts';

/** What Slack refused, as the adapters tell it. */
export async function refusal(work: Promise<unknown>): Promise<ChatError> {
  const error = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof ChatError)) throw new Error(`not a ChatError: ${String(error)}`);
  return error;
}
