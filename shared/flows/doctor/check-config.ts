import { credentialReferences, type NamedReference } from '../../config/credential-references.ts';
import type { Check } from '../../domain/doctor/check.ts';
import { shellCommand } from '../../domain/shell.ts';
import { attempt } from './attempt.ts';
import type { DoctorDeps, DoctorRequest, Step } from './doctor-deps.ts';

/** Whoever is not the owner. */
const OTHERS = 0o077;

/** That it parses is known already; here: whether each credential that it names can be read. */
export function configSteps(_request: DoctorRequest, deps: DoctorDeps): readonly Step[] {
  const byReference = Map.groupBy(credentialReferences(deps.config), ({ reference }) => reference);
  return [
    async () => [describeConfig(deps)],
    ...[...byReference.values()].map((named) => async () => [await checkReference(named, deps)]),
  ];
}

function describeConfig({ config, origin }: DoctorDeps): Check {
  const counts = [
    count(config.clusters.length, 'cluster'),
    count(config.targets.length, 'target'),
    count(config.policy.rules.length, 'policy rule'),
    count(config.alertmanagers.length, 'Alertmanager'),
  ];
  return { area: 'config', subject: origin, outcome: 'ok', seen: `parses: ${counts.join(', ')}` };
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

async function checkReference(
  named: readonly NamedReference[],
  { credentials, files, limitMs }: DoctorDeps,
): Promise<Check> {
  const reference = named[0]?.reference ?? '';
  const line = { area: 'config', subject: named.map(({ key }) => key).join(', ') } as const;
  const read = await attempt(() => credentials.read(reference), limitMs);
  if (!read.ok) {
    const why = read.why.startsWith(reference) ? read.why : `${reference}: ${read.why}`;
    return {
      ...line,
      outcome: 'fail',
      seen: why,
      advice: why.includes('AWS_REGION') ? 'set AWS_REGION' : howToSet(reference),
    };
  }
  const path = /^file:(.+)$/.exec(reference)?.[1];
  const mode = path === undefined ? undefined : await files.mode(path);
  if (path === undefined || mode === undefined || (mode & OTHERS) === 0) {
    return { ...line, outcome: 'ok', seen: `${reference} can be read` };
  }
  const command = shellCommand`chmod 600 ${path}`;
  return {
    ...line,
    outcome: 'warn',
    seen: `${reference} can be read, by other users of this machine too (mode ${mode.toString(8)})`,
    advice: 'take their permissions away',
    commands: command === undefined ? [] : [command],
  };
}

function howToSet(reference: string): string {
  switch (/^([a-z-]+):/.exec(reference)?.[1]) {
    case 'env':
      return `set ${reference.slice(4)} for this process, or name another reference`;
    case 'file':
      return 'put the credential into that file, readable by this user alone (mode 600)';
    case 'ssm':
      return 'write the parameter as a SecureString, and let this identity `ssm:GetParameter` (and `kms:Decrypt` with a key of yours)';
    default:
      return 'make the secret with that key, and let this identity `secretsmanager:GetSecretValue`';
  }
}
