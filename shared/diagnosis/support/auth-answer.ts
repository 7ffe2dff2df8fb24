import type { PullError } from '../../domain/pull-error.ts';
import { oncePer } from './once-per.ts';
import { says, saysAll, wordsOf } from './words.ts';

/**
 * What a registry or its token service said about who asks:
 * - `expired`: names an expired token
 * - `no-credentials`: the runtime had none to send
 * - `anonymous-refused`: it asked without credentials and was refused
 * - `credentials-refused`: credentials were sent and rejected
 * - `forbidden`: known, but may not (403 or a named permission)
 * - `denied-or-absent`: one wording for "no such repository" and "no access"
 * - `unauthorized`: `authentication required`, with or without credentials sent
 * - `bare-401`: 401 and no word more
 */
export type AuthAnswer =
  | 'expired'
  | 'no-credentials'
  | 'anonymous-refused'
  | 'credentials-refused'
  | 'forbidden'
  | 'denied-or-absent'
  | 'unauthorized'
  | 'bare-401';

/** `undefined` where the text is not about credentials or permissions. The order is from the most exact wording down. */
export const authAnswer = oncePer((error: PullError): AuthAnswer | undefined => {
  if (error.peer === 'proxy' || error.peer === 'resolver' || error.peer === 'runtime') return undefined;
  if (error.code === 'TOOMANYREQUESTS' || says(error, 'x509:')) return undefined;
  if (saysExpired(error)) return 'expired';
  // dockerd and containerd: the registry asked for basic authentication and no credential was configured.
  if (says(error, 'no basic auth credentials', 'Authentication is required.', 'no user/password was provided'))
    return 'no-credentials';
  if (says(error, 'anonymous token') && isRefusal(error)) return 'anonymous-refused';
  if (saysCredentialsRefused(error)) return 'credentials-refused';
  if (saysPermissionMissing(error)) return 'forbidden';
  if (saysDeniedOrAbsent(error)) return 'denied-or-absent';
  if (error.httpStatus === 403 || endsForbidden(error)) return 'forbidden';
  if (error.httpStatus !== undefined && error.httpStatus !== 401) return undefined;
  if (says(error, 'authentication required', 'authorization failed', 'authorization required')) return 'unauthorized';
  // Harbor: `unauthorized: project x not found`.
  if (/project\S{1,300}notfound/.test(wordsOf(error))) return undefined;
  if (error.code === 'DENIED') return 'denied-or-absent';
  if (error.httpStatus === 401) return 'bare-401';
  return error.code === 'UNAUTHORIZED' ? 'unauthorized' : undefined;
});

/** The word alone, and nothing of a request: where one is named, a proxy said it. */
function endsForbidden(error: PullError): boolean {
  return error.url === undefined && error.httpStatus === undefined && /(?:^|:)forbidden\.?$/.test(wordsOf(error));
}

function isRefusal(error: PullError): boolean {
  return error.httpStatus === 401 || error.httpStatus === 403 || says(error, 'denied', 'unauthorized', 'forbidden');
}

function saysExpired(error: PullError): boolean {
  return /(?:token|credential|password|session|secret)[a-z]{0,40}expired|expired(?:access|auth)?token|tokenincludedintherequestisexpired|reauthenticateandtryagain/.test(
    wordsOf(error),
  );
}

function saysCredentialsRefused(error: PullError): boolean {
  if (says(error, 'oauth token') && (error.httpStatus === 401 || says(error, 'unauthorized', 'invalid_grant')))
    return true;
  return (
    says(
      error,
      'incorrect username or password',
      'invalid username/password',
      'invalid username or password',
      'invalid user name or password',
      'unknown username or bad password',
      'bad credentials',
      'wrong credentials',
      'invalid credentials',
      'incorrect credentials',
      'wrong password',
      'Could not find Robot with username',
      'invalid_token',
      'invalid token',
      'HTTP Basic: Access denied',
      'authentication failed',
      'authentication failure',
      'credentials are not valid',
      'not registered with AAD',
      'invalid client secret',
      'invalid_client',
      'log in with a personal access token',
    ) || /username.{0,40}password.{0,20}(?:incorrect|wrong|invalid)/.test(wordsOf(error))
  );
}

/** A permission or an entitlement is named, and nothing says that the repository may be absent. */
function saysPermissionMissing(error: PullError): boolean {
  if (says(error, 'may not exist')) return false;
  return (
    saysAll(error, 'permission', 'denied on resource') ||
    says(
      error,
      'permission_denied',
      'is not authorized to perform',
      'does not have permission',
      'not have sufficient permission',
      'access forbidden',
      'not entitled',
      'needed permissions',
      'insufficient permissions',
      'do not have permission',
      "don't have permission",
      'entitlement',
      'does not match expected scopes',
      'repository policy does not allow',
      'insufficient scopes',
      'SAML enforcement',
      'not authorized to access the specified',
    )
  );
}

function saysDeniedOrAbsent(error: PullError): boolean {
  return says(
    error,
    'repository does not exist or may require',
    'pull access denied',
    'insufficient_scope',
    'insufficient scope',
    'requested access to the resource is denied',
    'access to the requested resource is not authorized',
    'access to the resource is denied',
    'unauthorized to access repository',
    'or it may not exist',
    'does not exist or no pull access',
    'does not exist or you do not have',
  );
}
