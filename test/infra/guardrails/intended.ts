import { image, inTemplate, patch } from './abuses.ts';
import { APP_IMAGE, BOUND, DIGEST, dockerConfig } from './fixtures.ts';
import { DEVELOPER, EKS_REMEDY, NAMESAKE, REFRESH, REMEDY, TRIAGE } from './identities.ts';
import type { Attempt } from './policy-checks.ts';

const REPOSITORY = APP_IMAGE.replace(/:v1$/, '');
const ECR = { 'pullmedic.dev/ecr': '{"registry.invalid":{"expires":"2026-01-01T00:00:00Z"}}' };

function event(message: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'diagnosed' },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'bare', namespace: BOUND },
    reason: 'ImagePullDiagnosed',
    message,
    type: 'Warning',
    source: { component: 'pullmedic' },
  };
}

/** What pullmedic is for, with the shipped RBAC alone. */
export const INTENDED: readonly Attempt[] = [
  { title: 'triage reads a pull secret where it may', as: TRIAGE, run: ['get', 'secret', 'plain'] },
  {
    title: 'triage writes its diagnosis on a pod',
    as: TRIAGE,
    run: ['create', '--validate=false', '--filename=-'],
    input: event('tag v1 does not exist'),
  },
  { title: 'triage counts its event up', as: TRIAGE, run: patch('event diagnosed', { count: 2 }) },
  {
    title: 'refresh renews a labelled pull secret in place',
    as: REFRESH,
    run: patch(
      'secret target',
      { metadata: { annotations: ECR }, data: { '.dockerconfigjson': dockerConfig('new') } },
      'merge',
    ),
  },
  {
    title: 'refresh renews a labelled pull secret of the legacy type',
    as: REFRESH,
    run: patch(
      'secret legacy',
      { metadata: { annotations: ECR }, data: { '.dockercfg': Buffer.from('{"a":{}}').toString('base64') } },
      'merge',
    ),
  },
  {
    title: 'refresh creates a pull secret of a target',
    as: REFRESH,
    run: ['create', '--validate=false', '--filename=-'],
    input: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'created', labels: { 'pullmedic.dev/refresh': 'true' }, annotations: ECR },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': dockerConfig('new') },
    },
  },
  {
    title: 'remedy corrects a tag, by a dry run',
    as: REMEDY,
    run: [...patch('deployment api', image(`${REPOSITORY}:v2`)), '--dry-run=server'],
  },
  {
    title: 'remedy corrects a tag and says who clicked',
    as: REMEDY,
    run: patch('deployment api', {
      metadata: { annotations: { 'pullmedic.dev/changed-by': 'U1' } },
      ...image(`${REPOSITORY}:v2`),
    }),
  },
  { title: 'remedy pins the digest', as: REMEDY, run: patch('deployment api', image(`${REPOSITORY}@${DIGEST}`)) },
  {
    title: 'remedy writes a tag with its digest',
    as: REMEDY,
    run: patch('deployment api', image(`${REPOSITORY}:v2@${DIGEST}`)),
  },
  { title: 'remedy puts the old tag back', as: REMEDY, run: patch('deployment api', image(APP_IMAGE)) },
  {
    title: 'remedy corrects a tag on Docker Hub',
    as: REMEDY,
    run: patch('deployment api', image('nginx:1.28', 'sidecar')),
  },
  {
    title: 'remedy corrects an init container and a container at once',
    as: REMEDY,
    run: patch(
      'deployment api',
      inTemplate({
        initContainers: [{ name: 'init', image: 'registry.invalid/team/init:v2' }],
        containers: [{ name: 'app', image: `${REPOSITORY}:v3` }],
      }),
    ),
  },
  {
    title: 'remedy corrects a tag by a JSON patch',
    as: REMEDY,
    run: patch(
      'deployment api',
      JSON.stringify([{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: `${REPOSITORY}:v4` }]),
      'json',
    ),
  },
  {
    title: 'remedy takes its own annotation off',
    as: REMEDY,
    run: ['annotate', 'deployment', 'api', 'pullmedic.dev/changed-by-'],
  },
  { title: 'remedy restarts a rollout as kubectl does', as: REMEDY, run: ['rollout', 'restart', 'deployment/api'] },
  { title: 'remedy corrects a StatefulSet', as: REMEDY, run: patch('statefulset db', image(`${REPOSITORY}:v2`)) },
  { title: 'remedy corrects a DaemonSet', as: REMEDY, run: patch('daemonset agent', image(`${REPOSITORY}:v2`)) },
  {
    title: 'remedy corrects one of 40 containers',
    as: REMEDY,
    run: patch('deployment large', image('registry.invalid/team/app-39:v2', 'c39')),
  },
  {
    title: 'remedy corrects 40 of 40 containers, within the cost that the API server allows',
    as: REMEDY,
    run: patch(
      'deployment large',
      inTemplate({
        containers: Array.from({ length: 40 }, (_, n) => ({
          name: `c${n}`,
          image: `registry.invalid/team/app-${n}:v3`,
        })),
      }),
    ),
  },
  {
    title: 'remedy corrects a tag under its EKS group',
    as: EKS_REMEDY,
    run: patch('deployment api', image(`${REPOSITORY}:v5`)),
  },
  {
    title: 'remedy attaches a pull secret to a ServiceAccount',
    as: REMEDY,
    run: patch('serviceaccount app-sa', { imagePullSecrets: [{ name: 'plain' }, { name: 'target' }] }, 'merge'),
  },
  {
    title: 'remedy takes it off again',
    as: REMEDY,
    run: patch('serviceaccount app-sa', { imagePullSecrets: [{ name: 'plain' }] }, 'merge'),
  },
  {
    title: 'remedy attaches a pull secret to a pod template',
    as: REMEDY,
    run: patch('deployment api', inTemplate({ imagePullSecrets: [{ name: 'plain' }] })),
  },
  {
    title: 'remedy takes it off the pod template again',
    as: REMEDY,
    run: patch(
      'deployment api',
      JSON.stringify([{ op: 'remove', path: '/spec/template/spec/imagePullSecrets' }]),
      'json',
    ),
  },
  { title: 'remedy deletes a stuck pod of a ReplicaSet', as: REMEDY, run: ['delete', 'pod', 'POD:0', '--wait=false'] },
  { title: 'remedy deletes a stuck pod of a StatefulSet', as: REMEDY, run: ['delete', 'pod', 'db-0', '--wait=false'] },
];

/** What other people and programs do every day, and pullmedic may not. */
export const OTHERS: readonly Attempt[] = [
  {
    title: 'a developer takes another repository',
    as: DEVELOPER,
    run: patch('deployment api', image('other.invalid/x:v1')),
  },
  {
    title: 'a developer changes a variable',
    as: DEVELOPER,
    run: patch('deployment api', inTemplate({ containers: [{ name: 'app', env: [{ name: 'MODE', value: 'b' }] }] })),
  },
  { title: 'a developer scales a workload', as: DEVELOPER, run: ['scale', 'deployment', 'api', '--replicas=0'] },
  {
    title: "a developer sets pullmedic's mode",
    as: DEVELOPER,
    run: ['annotate', '--overwrite', 'deployment', 'api', 'pullmedic.dev/mode=ask'],
  },
  {
    title: 'a developer writes a Secret',
    as: DEVELOPER,
    run: patch('secret database', { data: { password: 'bmV3' } }),
  },
  {
    title: 'a developer labels a pull secret',
    as: DEVELOPER,
    run: ['label', 'secret', 'plain', 'pullmedic.dev/refresh=true'],
  },
  { title: 'a developer deletes a Secret', as: DEVELOPER, run: ['delete', 'secret', 'opted-out'] },
  {
    title: 'a developer changes the cloud identity of a ServiceAccount',
    as: DEVELOPER,
    run: [
      'annotate',
      '--overwrite',
      'serviceaccount',
      'app-sa',
      'eks.amazonaws.com/role-arn=arn:aws:iam::123456789012:role/b',
    ],
  },
  {
    title: 'a developer creates a pod',
    as: DEVELOPER,
    run: [
      'run',
      'theirs',
      '--image=nginx:1.27',
      '--overrides={"spec":{"nodeSelector":{"pullmedic.dev/guardrails":"nowhere"}}}',
    ],
  },
  { title: 'a developer deletes a bare pod', as: DEVELOPER, run: ['delete', 'pod', 'theirs', '--wait=false'] },
  { title: 'a developer creates a token of a service account', as: DEVELOPER, run: ['create', 'token', 'app-sa'] },
  { title: 'a developer deletes an event', as: DEVELOPER, run: ['delete', 'event', 'foreign'] },
  {
    title: 'a service account of the same name elsewhere takes another repository',
    as: NAMESAKE,
    run: patch('deployment api', image('third.invalid/x:v1')),
  },
];
