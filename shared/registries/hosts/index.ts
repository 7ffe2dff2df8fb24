import type { HostFamily } from '../host-family.ts';
import { azure } from './azure.ts';
import { dockerHub } from './docker-hub.ts';
import { ecr } from './ecr.ts';
import { ecrPublic } from './ecr-public.ts';
import { ghcr } from './ghcr.ts';
import { gitlab } from './gitlab.ts';
import { google } from './google.ts';
import { googleMirror } from './google-mirror.ts';
import { kubernetes } from './kubernetes.ts';
import { mcr } from './mcr.ts';
import { nvidia } from './nvidia.ts';
import { quay } from './quay.ts';
import { redhat } from './redhat.ts';

/** Every registry that is recognised by its host. They exclude each other; a test says so. */
export const HOST_FAMILIES: readonly HostFamily[] = [
  azure,
  dockerHub,
  ecr,
  ecrPublic,
  ghcr,
  gitlab,
  google,
  googleMirror,
  kubernetes,
  mcr,
  nvidia,
  quay,
  redhat,
];
