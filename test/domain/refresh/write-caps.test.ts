import { expect, it } from '@jest/globals';
import { heldBackUntil } from '../../../shared/domain/refresh/write-caps.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-11-22T12:00:00Z');
const ago = (...minutes: readonly number[]) => minutes.map((one) => NOW - one * MINUTE);

it.each([
  { minutes: [], until: undefined },
  { minutes: [29.9], until: 0.1 },
  { minutes: [30], until: undefined },
  { minutes: [90, 31], until: undefined },
  { minutes: [40, 10], until: 20 },
  { minutes: [600, 300, 31], until: 120 },
  { minutes: [719, 300, 31], until: 1 },
  { minutes: [720, 300, 31], until: undefined },
  { minutes: [710, 600, 300, 31], until: 120 },
])('writes $minutes minutes ago: held back for $until', ({ minutes, until }) => {
  const end = heldBackUntil(ago(...minutes), NOW);
  expect(end === undefined ? undefined : Math.round((end - NOW) / 6_000) / 10).toBe(until);
  expect(heldBackUntil(ago(...minutes).toReversed(), NOW)).toBe(end);
});
