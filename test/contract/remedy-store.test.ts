import { expect, it } from '@jest/globals';
import { createRecordRemedyStore } from '../../shared/flows/record-remedy-store.ts';
import { describeRecordStores, START } from '../support/record-stores.ts';
import { ALICE, auditOf, BOB, feedbackOf, offerOf } from '../support/remedy-builders.ts';

const DAY = 86_400_000;
const ALL = { from: 0, until: START + 500 * DAY };

describeRecordStores((open) => {
  it('keeps an offer as it was first made, however often it is ensured', async () => {
    const store = createRecordRemedyStore((await open()).store);
    expect(await store.offer('offer-1')).toBeUndefined();
    const first = offerOf(START, { namespaces: ['shop'] });
    await store.ensureOffers([first, offerOf(START, { id: 'offer-2' })]);
    await Promise.all([1, 2, 3].map((n) => store.ensureOffers([offerOf(START + n), offerOf(START + n)])));
    expect(await store.offer('offer-1')).toEqual({ ...plain(first), version: 1 });
    expect(await store.offer('offer-2')).toMatchObject({ version: 1 });
  });

  it('lets one of two change an offer that both have read', async () => {
    const store = createRecordRemedyStore((await open()).store);
    await store.ensureOffers([offerOf(START)]);
    const read = await store.offer('offer-1');
    if (read === undefined) throw new Error('no offer');
    const { version, ...offer } = read;
    const answers = await Promise.all(
      [ALICE, BOB].map(() => store.saveOffer({ ...offer, state: 'claimed' }, version, undefined)),
    );
    expect(answers.sort()).toEqual(['conflict', 'done']);
    expect(await store.offer('offer-1')).toMatchObject({ state: 'claimed', version: 2 });
    // One that was never offered cannot be claimed.
    expect(await store.saveOffer(offerOf(START, { id: 'forged' }), 1, undefined)).toBe('conflict');
  });

  it('tells which offers are stuck from their time on, and no more once they ended', async () => {
    const { store: records } = await open();
    const store = createRecordRemedyStore(records);
    await store.ensureOffers([offerOf(START), offerOf(START, { id: 'other' })]);
    await store.saveOffer(offerOf(START, { state: 'claimed' }), 1, START + 60_000);
    expect(await store.stuckOffers(START + 59_999, 10)).toEqual([]);
    expect(await store.stuckOffers(START + 60_000, 10)).toMatchObject([{ id: 'offer-1', state: 'claimed' }]);
    await store.saveOffer(offerOf(START, { state: 'applied', endedAt: START + 1 }), 2, undefined);
    expect(await store.stuckOffers(START + DAY, 10)).toEqual([]);
  });

  it('forgets an offer 30 days after its end, or after nobody can take it any more', async () => {
    const { store: records, clock } = await open();
    const store = createRecordRemedyStore(records);
    await store.ensureOffers([offerOf(START), offerOf(START, { id: 'used' })]);
    await store.saveOffer(offerOf(START, { id: 'used', state: 'applied', endedAt: START }), 1, undefined);
    clock.advance((30 * DAY) / 1_000 - 1);
    expect(await store.offer('used')).toBeDefined();
    clock.advance(1);
    expect(await store.offer('used')).toBeUndefined();
    expect(await store.offer('offer-1')).toBeDefined();
    clock.advance((7 * DAY) / 1_000);
    expect(await store.offer('offer-1')).toBeUndefined();
  });

  it('tells the audit newest first over a range of days, one entry an offer', async () => {
    const store = createRecordRemedyStore((await open()).store);
    for (const n of [0, 1, 2, 3]) await store.writeAudit(auditOf(START - n * DAY, { offerId: `o${n}` }));
    await store.writeAudit(auditOf(START - 60_000, { offerId: 'earlier' }));
    await store.writeAudit(auditOf(START, { offerId: 'o0', outcome: 'verified' }));
    const ids = async (range: typeof ALL, limit = 100) =>
      (await store.audit(range, limit)).map(({ offerId, outcome }) => `${offerId} ${outcome}`);
    const range = { from: START - 2 * DAY, until: START };
    expect(await ids(range)).toEqual(['o0 verified', 'earlier applied', 'o1 applied', 'o2 applied']);
    expect(await ids(range, 2)).toEqual(['o0 verified', 'earlier applied']);
    expect(await ids({ from: START - 2 * DAY + 1, until: START - 1 })).toEqual(['earlier applied', 'o1 applied']);
    expect(await ids({ from: START + 1, until: START + DAY })).toEqual([]);
  });

  it('keeps the audit for 400 days', async () => {
    const { store: records, clock } = await open();
    const store = createRecordRemedyStore(records);
    await store.writeAudit(auditOf(START));
    clock.advance((400 * DAY) / 1_000 - 1);
    expect(await store.audit({ from: START - DAY, until: START }, 10)).toHaveLength(1);
    clock.advance(1);
    expect(await store.audit({ from: START - DAY, until: START }, 10)).toEqual([]);
  });

  it('keeps one feedback of a person and an incident, also when the second comes on another day', async () => {
    const store = createRecordRemedyStore((await open()).store);
    await store.writeFeedback(feedbackOf(START));
    await store.writeFeedback(feedbackOf(START + 1, { by: BOB }));
    await store.writeFeedback(feedbackOf(START + 2, { incidentId: 'incident-2' }));
    await store.writeFeedback(feedbackOf(START + DAY, { words: undefined }));
    await store.writeFeedback(feedbackOf(START + DAY + 5, { words: 'really' }));
    const range = { from: START - DAY, until: START + 2 * DAY };
    expect((await store.feedback(range, 10)).map(({ incidentId, by, words }) => [incidentId, by.name, words])).toEqual([
      ['incident-1', 'alice', 'really'],
      ['incident-2', 'alice', 'the tag is there'],
      ['incident-1', 'bob', 'the tag is there'],
    ]);
  });
});

/** As JSON keeps it: what is `undefined` is left out. */
function plain(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object;
}
