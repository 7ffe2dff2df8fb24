import { type BundleKind, type RenderedBundle, renderBundle } from '../../chat/slack/render-bundle.ts';
import type { BundleLine, Publication } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import { blankPublication } from './blank-publication.ts';
import { createLedger, editInOrder, type Ledger, sendOnce, settled } from './ledger.ts';
import type { PublishPorts } from './ports.ts';

/** Key of an attempt to edit the message. */
const EDIT = 'edit';

/**
 * Puts an incident on the list of the channel's roll-up of this hour, or digest of this day, and posts or edits that
 * message.
 * @returns the message in whose thread the incident is to be posted, and the id of its list
 */
export async function joinBundle(
  kind: BundleKind,
  channel: string,
  line: BundleLine,
  ports: PublishPorts,
): Promise<NonNullable<Publication['thread']>> {
  const { chat, clock } = ports;
  const now = clock.now();
  const id = `bundle/${kind}/${period(kind, now)}`;
  const ledger = await openBundle(id, channel, ports, now);
  const { posted, lines = [] } = ledger.publication();
  const joined = lines.some(({ incidentId }) => incidentId === line.incidentId) ? lines : [...lines, line];
  const rendered = renderBundle(kind, joined);
  if (posted === undefined) {
    const tag = { kind: 'pullmedic_bundle', id };
    const first = await sendOnce(ledger, 'post', clock, {
      find: () => chat.findByTag(channel, tag),
      send: () => chat.post(channel, rendered.message, tag),
    });
    const status = { phase: 'posted' as const, posted: first, attempts: settled(ledger, 'post') };
    await ledger.save({ ...status, ...standing(rendered, joined, now) });
    return { ...first, bundle: id };
  }
  if (joined !== lines) await edit(ledger, rendered, joined, ports);
  return { ...posted, bundle: id };
}

/**
 * Brings an incident's line in its roll-up or digest to how the incident stands: 🟢 once it is over. Edits notify nobody;
 * many that recover together are one edit, as edits of counts are.
 * @param thread where the incident stands
 * @returns when to come back, where the message was edited a moment ago
 */
export async function updateBundle(
  thread: Publication['thread'],
  channel: string,
  line: Pick<BundleLine, 'incidentId' | 'isOver'>,
  ports: PublishPorts,
): Promise<Instant | undefined> {
  if (thread?.bundle === undefined) return undefined;
  const { config, clock } = ports;
  const now = clock.now();
  const ledger = await openBundle(thread.bundle, channel, ports, now);
  const { posted, contentHash, editedAt, lines = [] } = ledger.publication();
  if (posted === undefined) return undefined;
  const isNews = lines.some(({ incidentId, isOver }) => incidentId === line.incidentId && isOver !== line.isOver);
  const known = lines.map((one) => (one.incidentId === line.incidentId ? { ...one, isOver: line.isOver } : one));
  const rendered = renderBundle(thread.bundle.startsWith('bundle/roll-up/') ? 'roll-up' : 'digest', known);
  if (rendered.contentHash === contentHash) return undefined;
  const { countEditSeconds, timeScale } = config.limits;
  const nextEdit = editedAt + countEditSeconds * 1_000 * timeScale;
  if (nextEdit <= now) {
    await edit(ledger, rendered, known, ports);
    return undefined;
  }
  // Remembered, so that whoever edits next tells it too.
  if (isNews) await ledger.save({ lines: known });
  return nextEdit;
}

async function edit(
  ledger: Ledger,
  rendered: RenderedBundle,
  lines: readonly BundleLine[],
  { chat, clock }: PublishPorts,
): Promise<void> {
  const { posted } = ledger.publication();
  if (posted === undefined) return;
  // A message that its readers deleted is not missed: the incidents stand in their thread.
  await editInOrder(ledger, EDIT, clock, () => chat.update(posted, rendered.message));
  await ledger.save({ ...standing(rendered, lines, clock.now()), attempts: settled(ledger, EDIT) });
}

function standing({ dot, contentHash }: RenderedBundle, lines: readonly BundleLine[], now: Instant) {
  return { lines, dot, contentHash, editedAt: now };
}

async function openBundle(id: string, channel: string, { store }: PublishPorts, now: Instant): Promise<Ledger> {
  const stored = (await store.publications(id)).find((publication) => publication.channel === channel);
  return createLedger(store, stored ?? blankPublication(id, channel, now), stored?.version ?? 0);
}

/** `2026-11-22T13` for an hour, `2026-11-22` for a day, in UTC. */
function period(kind: BundleKind, now: Instant): string {
  return new Date(now).toISOString().slice(0, kind === 'roll-up' ? 13 : 10);
}
