/** `expected.json`: accepted best causes by case, or by `runtime/case` where a runtime has an answer of its own. */
export type Expectations = Readonly<Record<string, string | readonly string[]>>;

/**
 * Says what is accepted for a case. Another runtime's answer for the same case stays as it is.
 * @param causes empty: nothing fails
 */
export function withExpectation(
  expected: Expectations,
  at: { readonly runtime: string; readonly name: string },
  causes: readonly string[],
): Expectations {
  const known = expected[at.name];
  const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(causes);
  const key = isSame ? at.name : `${at.runtime}/${at.name}`;
  // `_` is the file's own comment.
  const { _: comment, ...cases } = { ...expected, [key]: causes };
  const sorted = Object.entries(cases).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...(comment !== undefined && { _: comment }), ...Object.fromEntries(sorted) };
}
