import type { RegistryAttempt } from '../../domain/registry-answer.ts';
import type { Secret } from '../../domain/secret.ts';
import type { RegistryCredential } from '../../ports/registry.ts';
import { parseChallenge } from './challenge.ts';
import { type Conversation, getJson, MANIFEST_TYPES, referenceOf, repositoryUrl } from './conversation.ts';
import { isGarbage } from './describe-failure.ts';
import type { ExchangeReply } from './exchange.ts';
import {
  type Access,
  askForToken,
  basicAuthorization,
  type Granted,
  type TokenService,
  trustedTokenService,
} from './grant-access.ts';
import { listTags } from './list-tags.ts';
import { readErrorCode } from './parse-body.ts';
import { rememberRateLimit } from './rate-limit.ts';
import { readPlatforms } from './read-platforms.ts';

/** A pod has one or two; each costs two requests. */
const CREDENTIALS_MAX = 6;
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/;
const MANIFEST_TYPE =
  /^application\/vnd\.(?:oci\.image\.(?:index|manifest)|docker\.distribution\.manifest(?:\.list)?)\.v\d\+(?:json|prettyjws)\b/;

/**
 * Asks for the manifest as containerd does: first without a credential, and only where the registry asks for one with
 * each of the kubelet's, in order, until one is good; after those that were refused once more anonymously, because a
 * stale credential breaks the pull of a public image. A registry that asks nobody has one attempt, the anonymous one.
 */
export async function askManifest(
  credentials: readonly RegistryCredential[],
  wantsPlatforms: boolean,
  conversation: Conversation,
): Promise<void> {
  const first = await head(undefined, conversation);
  const challenge =
    isReply(first) && first.status === 401 ? parseChallenge(first.headers['www-authenticate']) : undefined;
  const tried = credentials.slice(0, CREDENTIALS_MAX);
  if (tried.length < credentials.length) {
    addGap(conversation, `${credentials.length - tried.length} more credentials were not tried`, 'there are too many');
  }
  if (challenge === undefined) {
    await conclude(undefined, ANONYMOUS, first, wantsPlatforms, conversation);
    return;
  }
  if (challenge.scheme === 'basic') {
    const giveAccess = async (credential: RegistryCredential) => ({ authorization: basicAuthorization(credential) });
    if (await tryEach(tried, giveAccess, wantsPlatforms, conversation)) return;
    await conclude(undefined, ANONYMOUS, first, wantsPlatforms, conversation);
    return;
  }
  const tokens = trustedTokenService(challenge, conversation);
  if ('refused' in tokens) {
    addUntrustedRealm(tokens, conversation);
    return;
  }
  const giveAccess = (credential: RegistryCredential | undefined) => giveToken(tokens, credential, conversation);
  await tryEach([...tried, undefined], giveAccess, wantsPlatforms, conversation);
}

const ANONYMOUS: Granted = { authorization: undefined };

/** @returns whether there is nothing left to find out */
async function tryEach<Credential extends RegistryCredential | undefined>(
  credentials: readonly Credential[],
  giveAccess: (credential: Credential) => Promise<Access>,
  wantsPlatforms: boolean,
  conversation: Conversation,
): Promise<boolean> {
  for (const credential of credentials) {
    const access = await giveAccess(credential);
    if ('attempt' in access) {
      conversation.findings.attempts.push(access.attempt);
      continue;
    }
    const reply = await head(access.authorization, conversation);
    if (await conclude(credential, access, reply, wantsPlatforms, conversation)) return true;
  }
  return false;
}

async function giveToken(
  tokens: TokenService,
  credential: RegistryCredential | undefined,
  conversation: Conversation,
): Promise<Access> {
  try {
    return await askForToken(tokens, credential, conversation);
  } catch (error) {
    if (!isGarbage(error)) throw error;
    return { attempt: { ...unreadable(credential), answeredBy: 'token-service' } };
  }
}

/** Something that answered, and not in HTTP. */
type Unreadable = 'unreadable';

function isReply(reply: ExchangeReply | Unreadable): reply is ExchangeReply {
  return reply !== 'unreadable';
}

async function head(
  authorization: Secret | undefined,
  conversation: Conversation,
): Promise<ExchangeReply | Unreadable> {
  try {
    const reply = await conversation.exchange.send({
      method: 'HEAD',
      url: repositoryUrl(conversation, `manifests/${referenceOf(conversation.image)}`),
      accept: MANIFEST_TYPES,
      authorization,
      redirects: 'service',
      bodyLimit: 0,
    });
    rememberRateLimit(reply.headers, conversation.findings);
    return reply;
  } catch (error) {
    if (!isGarbage(error)) throw error;
    return 'unreadable';
  }
}

/**
 * Writes down what one manifest HEAD says, and finds out what follows from it: platforms, tags, an error's code.
 * @returns whether no other credential could tell more
 */
async function conclude(
  credential: RegistryCredential | undefined,
  { authorization, isLoginGood }: Granted,
  reply: ExchangeReply | Unreadable,
  wantsPlatforms: boolean,
  conversation: Conversation,
): Promise<boolean> {
  const { findings } = conversation;
  if (!isReply(reply)) {
    findings.attempts.push(unreadable(credential));
    return true;
  }
  const say = (result: RegistryAttempt['result'], code?: string) => {
    const { status } = reply;
    const login = isLoginGood === true ? { isLoginGood } : {};
    findings.attempts.push({ ...unreadable(credential), ...login, result, httpStatus: status, code });
  };
  // A credential is never redirected: what another host refuses without it says nothing about it.
  const isAboutCredential = !reply.isRedirected || authorization === undefined;
  if (reply.refusedRedirect !== undefined) {
    addGap(
      conversation,
      `a redirect of ${conversation.target.host} was not followed`,
      `it leads to ${reply.refusedRedirect}`,
    );
  }
  if (reply.status === 200 && isManifest(reply)) {
    const digest = reply.headers['docker-content-digest'];
    if (digest !== undefined && DIGEST.test(digest)) findings.digest = digest;
    say('found');
    if (wantsPlatforms) await addPlatforms(authorization, conversation);
    return true;
  }
  if (reply.status === 404 && isAboutCredential) {
    // Said before the tags are read, for time may end there. Any web server says 404: this must be a registry's.
    say(reply.headers['docker-distribution-api-version'] === undefined ? 'unavailable' : 'manifest-unknown');
    const word = await nameUnknown(authorization, conversation);
    const attempt = findings.attempts.pop();
    if (attempt !== undefined) findings.attempts.push({ ...attempt, ...word.change });
    return word.isCertain;
  }
  if (reply.status === 401 && isAboutCredential)
    say('unauthorized', await codeOf(credential, authorization, conversation));
  else if (reply.status === 403 && isAboutCredential)
    say('forbidden', await codeOf(credential, authorization, conversation));
  else if (reply.status === 429) say('rate-limited');
  else say('unavailable');
  return reply.status >= 500;
}

/** A page that says 200 to everything (a captive portal, a proxy's login) is no registry. */
function isManifest({ headers }: ExchangeReply): boolean {
  return MANIFEST_TYPE.test(headers['content-type'] ?? '') || DIGEST.test(headers['docker-content-digest'] ?? '');
}

/** A HEAD has no body: the tag list tells a missing tag from a missing repository, and costs no pull on Docker Hub. */
async function nameUnknown(
  authorization: Secret | undefined,
  conversation: Conversation,
): Promise<{ readonly change: Partial<RegistryAttempt>; readonly isCertain: boolean }> {
  const word = await listTags(conversation, authorization);
  if (word.kind === 'exists') return { change: { result: 'manifest-unknown' }, isCertain: true };
  if (word.kind === 'unknown') return { change: { result: 'repository-unknown', code: word.code }, isCertain: false };
  // It does not list tags to this one: the error that the runtime would see says it, where a body does.
  const reply = await getJson(conversation, `manifests/${referenceOf(conversation.image)}`, authorization);
  const code = reply.status === 404 ? readErrorCode(reply.body) : undefined;
  if (code === 'NAME_UNKNOWN') return { change: { result: 'repository-unknown', code }, isCertain: false };
  return { change: code === undefined ? {} : { result: 'manifest-unknown', code }, isCertain: false };
}

/** Why it was refused, in the registry's own code: only for a credential, and without a manifest being counted. */
async function codeOf(
  credential: RegistryCredential | undefined,
  authorization: Secret | undefined,
  conversation: Conversation,
): Promise<string | undefined> {
  if (credential === undefined) return undefined;
  const reply = await getJson(conversation, 'tags/list?n=1', authorization);
  return reply.status === 401 || reply.status === 403 ? readErrorCode(reply.body) : undefined;
}

async function addPlatforms(authorization: Secret | undefined, conversation: Conversation): Promise<void> {
  const platforms = await readPlatforms(conversation, authorization);
  if ('why' in platforms) addGap(conversation, 'the platforms of the image are not known', platforms.why);
  else conversation.findings.platforms = platforms;
}

function unreadable(credential: RegistryCredential | undefined): RegistryAttempt {
  return {
    credential: credential?.name,
    result: 'unavailable',
    answeredBy: 'registry',
    httpStatus: undefined,
    code: undefined,
  };
}

function addUntrustedRealm(
  { refused, mayBeAllowed }: { readonly refused: string; readonly mayBeAllowed: boolean },
  conversation: Conversation,
): void {
  const hint = mayBeAllowed ? `; \`realmHosts: ["${refused}"]\` in its \`registries:\` entry allows it` : '';
  const why = `it asks for credentials at ${refused}, which is not known to belong to it${hint}`;
  addGap(conversation, `registry ${conversation.target.host} was not asked for this image`, why);
}

function addGap({ findings }: Conversation, what: string, why: string): void {
  findings.gaps.push({ what, why });
}
