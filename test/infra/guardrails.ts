/**
 * Holds the shipped RBAC and admission policies against a real API server: every abuse is refused by the rule that is
 * there for it, every intended change is allowed, other users are untouched.
 *
 *   KUBECONFIG=<admin of a disposable cluster> node test/infra/guardrails.ts
 *
 * Prints a line for each check and `N passed, N failed` at the end; exit status 1 on failure. Creates and deletes the
 * namespaces pullmedic, guard-a and guard-b and everything that infra/kubernetes ships. Needs kubectl, no node.
 */
import { createKubectl } from './guardrails/kubectl.ts';
import { checkOrdinaryUsers, checkPolicies } from './guardrails/policy-checks.ts';
import { checkAccess, checkTokens } from './guardrails/rbac-checks.ts';
import { createReport } from './guardrails/report.ts';
import { removeEverything, setUp } from './guardrails/set-up.ts';

const kubectl = createKubectl();
const report = createReport();
try {
  await setUp(kubectl, report);
  await checkAccess(kubectl, report);
  await checkTokens(kubectl, report);
  await checkPolicies(kubectl, report);
  await checkOrdinaryUsers(kubectl, report);
} catch (error) {
  report.failed('the run itself', error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  await removeEverything(kubectl);
}
process.exitCode = report.finish() ? 0 : 1;
