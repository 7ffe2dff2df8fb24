/**
 * Remembers what a pure function said of an object, for as long as that object lives: many causes ask the same of one
 * error.
 */
export function oncePer<Subject extends object, Answer>(
  read: (subject: Subject) => Answer,
): (subject: Subject) => Answer {
  const known = new WeakMap<Subject, { readonly answer: Answer }>();
  return (subject) => {
    const before = known.get(subject);
    if (before !== undefined) return before.answer;
    const answer = read(subject);
    known.set(subject, { answer });
    return answer;
  };
}
