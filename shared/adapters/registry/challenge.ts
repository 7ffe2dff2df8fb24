/** How a registry asks for credentials. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | undefined };

const MAX_HEADER = 8 * 1024;
/** One parameter or the name of a scheme at a time; every alternative begins differently, so that it is linear. */
const PIECE = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*)))?/gy;

/**
 * Parses `WWW-Authenticate` (RFC 9110 section 11.6.1), which may hold several challenges.
 * @returns Bearer before Basic, as containerd prefers them; `undefined` where there is neither
 */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const challenges = split((header ?? '').slice(0, MAX_HEADER));
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer')?.parameters;
  const realm = bearer?.get('realm');
  if (realm !== undefined && realm !== '') return { scheme: 'bearer', realm, service: bearer?.get('service') };
  return challenges.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
}

function split(text: string): readonly { readonly scheme: string; readonly parameters: Map<string, string> }[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  while (at < text.length) {
    if (/[\s,]/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    PIECE.lastIndex = at;
    const piece = PIECE.exec(text);
    if (piece === null) return found;
    const [whole, name = '', quoted, bare] = piece;
    const value = quoted?.replace(/\\(.)/g, '$1') ?? bare;
    if (value === undefined) found.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else found.at(-1)?.parameters.set(name.toLowerCase(), value);
    at += whole.length;
  }
  return found;
}
