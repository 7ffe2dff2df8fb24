/** Whether labels match; an equality-based or set-based selector as kubectl takes it. */
export type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

const KEY = '[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?';
const VALUE = '[A-Za-z0-9._-]*';
const EQUALITY = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*(${VALUE})$`);
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`);

/** @returns `undefined` for text that is no selector */
export function parseLabelSelector(text: string): LabelTest | undefined {
  // Commas inside parentheses belong to a set.
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  const tests = parts.map(parsePart);
  return tests.every((test) => test !== undefined)
    ? (labels) => tests.every((test) => test?.(labels) === true)
    : undefined;
}

function parsePart(part: string): LabelTest | undefined {
  const [, key, operator, value] = EQUALITY.exec(part) ?? [];
  if (key !== undefined) return (labels) => (labelOf(labels, key) === value) === (operator !== '!=');
  const [, setKey, setOperator, list] = SET.exec(part) ?? [];
  if (setKey !== undefined && list !== undefined) {
    const values = new Set(list.split(',').map((one) => one.trim()));
    return (labels) => values.has(labelOf(labels, setKey) ?? '\0') === (setOperator === 'in');
  }
  const [, not, name] = EXISTS.exec(part) ?? [];
  if (name === undefined) return undefined;
  return (labels) => (labelOf(labels, name) !== undefined) === (not === '');
}

function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
