import * as z from 'zod/mini';
import { readEcrRegistry } from '../../domain/refresh/ecr-registry.ts';
import { clusterName, nonEmptyText, roleArn } from './fields.ts';
import { keyTexts } from './key-texts.ts';

const HOST_HINT =
  'expected a private ECR host, such as `123456789012.dkr.ecr.eu-west-1.amazonaws.com`, or `public.ecr.aws`, or `{ account: "123456789012", region: eu-west-1 }`';

const namespaceName = () =>
  z.string().check(z.regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, { error: 'expected the name of a namespace' }));

const objectName = (what: string) =>
  z
    .string()
    .check(z.regex(/^(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, { error: `expected the name of ${what}` }));

const registry = z.union(
  [
    z.string().check(z.refine((host) => readEcrRegistry(host) !== undefined, { error: HOST_HINT })),
    z.strictObject({
      account: z.string().check(z.regex(/^\d{12}$/, { error: 'expected the 12 digits of an AWS account, in quotes' })),
      region: z
        .string()
        .check(
          z.regex(/^[a-z]{2,4}(?:-[a-z]{2,9}){1,3}-\d{1,2}$/, { error: 'expected an AWS region, such as `eu-west-1`' }),
        ),
    }),
  ],
  { error: HOST_HINT },
);

const ROLE_HINT =
  'expected a role ARN, such as `arn:aws:iam::123456789012:role/pull`, a list of them (a chain), or `none` for the identity of pullmedic itself';

const role = z.union([z.literal('none'), roleArn(), z.array(roleArn()).check(z.minLength(1))], { error: ROLE_HINT });

/** `refresh`. */
export const refresh = z.strictObject({
  everyMinutes: z._default(z.number().check(z.int(), z.gte(5), z.lte(300)), 120).register(keyTexts, {
    description:
      'Minutes between two looks at all of them, up to a tenth less so that clusters take turns. A token lives 12 hours and is renewed in the second half: five hours at most.',
  }),
});

/** One of `targets`. */
export const target = z.strictObject({
  name: z
    .optional(nonEmptyText('a name for the target'))
    .register(keyTexts, { description: 'Its name in reports.', defaultText: '`target-1`, `target-2`, …' }),
  clusters: z
    .optional(z.array(clusterName()).check(z.minLength(1)))
    .register(keyTexts, { description: 'Clusters that it is about.', defaultText: 'all' }),
  namespaces: z.optional(z.array(namespaceName()).check(z.minLength(1))).register(keyTexts, {
    description: 'Namespaces by name. Give either these or `namespaceLabel`.',
    defaultText: 'those of `namespaceLabel`',
  }),
  namespaceLabel: z
    .optional(
      z.strictObject({
        key: z
          .string()
          .check(
            z.regex(/^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/, {
              error: 'expected the key of a label, such as `tenancy.example.com/team`',
            }),
          )
          .register(keyTexts, { description: 'Its key.' }),
        value: z
          .string()
          .check(
            z.regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/, { error: 'expected the value of a label' }),
          )
          .register(keyTexts, { description: 'Its value.' }),
      }),
    )
    .register(keyTexts, {
      description:
        'Namespaces by a label. Take one that only administrators can set: whoever labels a namespace gets a token there.',
      defaultText: 'none',
    }),
  secretNames: z
    .array(objectName('a secret'))
    .check(z.minLength(1))
    .register(keyTexts, { description: 'Names of the pull secrets, the same in each namespace.' }),
  registries: z.array(registry).check(z.minLength(1)).register(keyTexts, {
    description:
      'ECR registries that get a token: a host, or `{ account, region }` for every host name of those (FIPS, dual stack). Entries for any other host are left alone.',
  }),
  roleArn: role.register(keyTexts, {
    description:
      'Role that asks for the token, or a chain of roles; `none` is the identity of pullmedic itself, which is used only where it says so.',
  }),
  repositories: z
    .optional(
      z
        .array(
          z.string().check(
            z.regex(/^[a-z0-9*?][a-z0-9._/*?-]{0,255}$/, {
              error: 'expected a repository or a pattern, such as `shop/*`',
            }),
          ),
        )
        .check(z.minLength(1)),
    )
    .register(keyTexts, {
      description: 'Repositories that the token can pull, by a session policy on the role.',
      defaultText: 'all that the role may read',
    }),
  create: z._default(z.boolean(), false).register(keyTexts, {
    description: 'Whether a secret that is missing is made, and a registry that it lacks is added.',
  }),
  attachTo: z
    .optional(
      z.union([z.literal('all'), z.array(objectName('a service account')).check(z.minLength(1))], {
        error: 'expected `all` or a list of service accounts',
      }),
    )
    .register(keyTexts, {
      description: 'Service accounts of the same namespaces that get the secret as an `imagePullSecret`.',
      defaultText: 'none',
    }),
  retryPods: z._default(z.boolean(), false).register(keyTexts, {
    description:
      'Whether pods that are stuck for such a secret are retried after a repair that an alert asked for: one for each node and image is deleted, its controller makes a new one. Only pods that never started. Needs `overlays/refresh-retry-pods`; without it they wait for the kubelet, 5 minutes at most.',
  }),
  mode: z._default(z.enum(['auto', 'advise']), 'auto').register(keyTexts, {
    description: '`advise` reports what is due and writes nothing.',
  }),
});
