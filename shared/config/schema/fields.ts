import * as z from 'zod/mini';

/** How a credential is named; the value itself never stands in the file. */
const CREDENTIAL_REFERENCE =
  /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+|ssm:[A-Za-z0-9_.\-/]+|aws-sm:[^#\s]+(?:#[^#\s]+)?)$/;

const CREDENTIAL_HINT =
  'expected a reference, not the credential itself: `env:NAME`, `file:PATH`, `ssm:NAME` or `aws-sm:NAME#key` (the value found is not shown)';

export const credential = () => z.string().check(z.regex(CREDENTIAL_REFERENCE, { error: CREDENTIAL_HINT }));

export const clusterName = () =>
  z.string().check(
    z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
      error: 'expected a name of letters, digits, `.`, `_` and `-`, at most 63 characters',
    }),
  );

export const glob = () =>
  z
    .string()
    .check(
      z.regex(/^[A-Za-z0-9*?._-]{1,253}$/, { error: 'expected a name or a glob with `*` and `?`, such as `team-*`' }),
    );

export const channel = () =>
  z.string().check(
    // Slack's tokens begin with `xox`: one that slipped in here must not reach a log.
    z.regex(/^#?(?!xox)[^\s#@<>&:/]{1,80}$/, {
      error: 'expected a channel name or id, such as `image-pulls` or `C0123ABCD` (quote a name that begins with `#`)',
    }),
  );

export const oncall = () =>
  z.string().check(
    z.regex(/^[SUW][A-Z0-9]{2,20}$/, {
      error: 'expected the id of a Slack user group or user, such as `S0123ABCD`',
    }),
  );

export const httpUrl = (example: string) =>
  z.string().check(z.regex(/^https?:\/\/[^\s<>|"]{1,2000}$/, { error: `expected a URL, such as \`${example}\`` }));

export const environment = () => z.enum(['prod', 'non-prod']);

export const nonEmptyText = (what: string) => z.string().check(z.regex(/^\S.{0,199}$/, { error: `expected ${what}` }));

export const roleArn = () =>
  z.string().check(
    z.regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, {
      error: 'expected a role ARN, such as `arn:aws:iam::123456789012:role/pullmedic`',
    }),
  );
