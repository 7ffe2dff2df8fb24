import * as z from 'zod/mini';
import { credential, roleArn } from './fields.ts';
import { keyTexts } from './key-texts.ts';

/** DNS labels or an IPv4 address, then a port. */
const HOST = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::\\d{1,5})?';

const exactHost = () =>
  z.string().check(z.regex(new RegExp(`^${HOST}$`), { error: 'expected a host, such as `auth.example.com`' }));

/** A wildcard stands above two labels at least: `*.com` would send questions to strangers. */
const hostOrWildcard = () =>
  z.string().check(
    z.regex(new RegExp(`^(?:${HOST}|\\*\\.(?=[^.]+\\.)${HOST})$`), {
      error: 'expected a host as images spell it, such as `registry.example.com:5000` or `*.example.com`',
    }),
  );

/** One of `registries`. */
export const registry = z.strictObject({
  host: hostOrWildcard().register(keyTexts, {
    description: 'As images spell it, with its port; `*.example.com` is every name below `example.com`.',
  }),
  proxy: z
    .optional(
      z.string().check(
        // No user info: a credential never stands in the file.
        z.regex(/^https?:\/\/[^\s/@<>|"]{1,300}\/?$/, {
          error: 'expected a URL without a user, such as `http://proxy.example.com:3128`',
        }),
      ),
    )
    .register(keyTexts, { description: 'Proxy on the way there.' }),
  caBundle: z.optional(credential()).register(keyTexts, {
    description: 'PEM certificates to trust beside the public ones.',
  }),
  realmHosts: z._default(z.array(exactHost()), []).register(keyTexts, {
    description: 'Other hosts that may hand out its tokens, and so get the credentials of a pull secret.',
  }),
  allowPrivate: z._default(z.boolean(), false).register(keyTexts, {
    description: 'Whether it may have a private address. Link-local and metadata addresses are refused all the same.',
  }),
});

const account = z.strictObject({
  id: z
    .string()
    .check(z.regex(/^\d{12}$/, { error: 'expected the 12 digits of an AWS account, in quotes' }))
    .register(keyTexts, { description: 'Its 12 digits, in quotes.' }),
  roleArn: z.optional(roleArn()).register(keyTexts, {
    description:
      'Role to assume for it; it needs `ecr:DescribeRepositories`, `ecr:DescribeImages`, `ecr:GetRepositoryPolicy` and `ecr:GetLifecyclePolicy`.',
    defaultText: "pullmedic's own identity",
  }),
});

/** `ecr`. */
export const ecr = z.strictObject({
  accounts: z._default(z.array(account), []).register(keyTexts, {
    description: 'Accounts whose repositories are asked about; others are not.',
  }),
});
