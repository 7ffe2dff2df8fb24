import { ConfigError } from '../../shared/domain/errors.ts';

/**
 * A variable without which a function cannot start; `infra/aws/README.md` lists them.
 * @param env the environment, as `index.ts` hands it in
 * @throws {ConfigError} naming it
 */
export function requiredVariable(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new ConfigError(`environment variable ${name} is not set`);
  return value;
}
