import * as z from 'zod/mini';
import { clusterName, credential, environment, nonEmptyText, roleArn } from './fields.ts';
import { keyTexts } from './key-texts.ts';

const access = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('kubeconfig').register(keyTexts, { description: 'A kubeconfig, kept as a credential.' }),
    kubeconfig: z.optional(credential()).register(keyTexts, {
      description:
        'Where the kubeconfig is: server, CA, token or client certificate. A foreign `exec` program is refused.',
      defaultText: '`aws-sm:pullmedic/clusters/<cluster>#kubeconfig`',
    }),
    context: z
      .optional(nonEmptyText('the name of a context'))
      .register(keyTexts, { description: 'Context of the kubeconfig.', defaultText: 'its current context' }),
  }),
  z.strictObject({
    kind: z.literal('eks').register(keyTexts, { description: 'EKS: a presigned STS call is the bearer token.' }),
    region: z
      .string()
      .check(z.regex(/^[a-z]{2,4}(?:-[a-z]+)+-\d$/, { error: 'expected an AWS region, such as `eu-west-1`' }))
      .register(keyTexts, { description: 'AWS region of the cluster.' }),
    clusterName: z
      .optional(nonEmptyText("EKS's name of the cluster"))
      .register(keyTexts, { description: "EKS's name of the cluster.", defaultText: 'the `name` above' }),
    roleArn: z
      .optional(roleArn())
      .register(keyTexts, { description: 'Role to assume for the cluster, in its own account.', defaultText: 'none' }),
  }),
  z.strictObject({
    kind: z.literal('in-cluster').register(keyTexts, {
      description: "pullmedic runs in this cluster: the pod's own service account.",
    }),
  }),
]);

/** One of `clusters`. */
export const cluster = z.strictObject({
  name: clusterName().register(keyTexts, {
    description: 'Its name in messages, keys, `/alerts/<name>` and the cluster label of alerts.',
  }),
  environment: z._default(environment(), 'prod').register(keyTexts, {
    description: 'What is not prod is never red and mentions nobody. What nobody classified is prod.',
  }),
  access: z.optional(access).register(keyTexts, {
    description: 'How its API server is reached.',
    defaultText: '`kind: kubeconfig` with the kubeconfig at its default place',
  }),
  refreshAccess: z.optional(access).register(keyTexts, {
    description:
      'How it is reached to keep pull secrets fresh, where that is another identity than the one that looks (a kubeconfig of its own). On EKS the functions have roles of their own already.',
    defaultText: 'as `access`',
  }),
  remedyAccess: z.optional(access).register(keyTexts, {
    description:
      'How it is reached to do what a button or `policy` asks for, where that is another identity than the one that looks. On EKS the functions have roles of their own already.',
    defaultText: 'as `access`',
  }),
});
