import { findProgram } from './find-program.ts';

/** PULLMEDIC_CFN_LINT, else `.venv/bin` of the checkout, else the PATH. */
export function findCfnLint(): string | undefined {
  return findProgram('cfn-lint', 'PULLMEDIC_CFN_LINT');
}
