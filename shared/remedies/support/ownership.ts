import { matchesGlob } from '../../domain/glob.ts';
import type { GitOpsPolicy } from '../remedy.ts';

/** Whether a change of an object lasts. */
export type Ownership =
  | { readonly kind: 'free' /** Who takes it back one day, and when. */; readonly warning: string | undefined }
  /** Something writes it from elsewhere and undoes the change within minutes. */
  | { readonly kind: 'reconciled'; readonly owner: string };

const ARGO_APP = /^Argo CD app (.+)$/s;

/** Field managers that write what stands elsewhere, again and again. Helm and people with kubectl do not. */
const RECONCILERS: readonly (readonly [RegExp, string])[] = [
  [/^argocd-(?:application-)?controller$/, 'Argo CD'],
  [/^kustomize-controller$/, 'Flux'],
  [/^helm-controller$/, 'Flux'],
  [/^(?:fleetagent|fleet-agent)/, 'Fleet'],
  [/^configsync/, 'Config Sync'],
  [/^kapp-controller/, 'kapp-controller'],
];

/**
 * @param managedBy as `readManagedBy` says it, or the controller that owns the object
 * @param setBy field manager that last wrote what would be changed
 */
export function readOwnership(
  managedBy: string | undefined,
  setBy: string | undefined,
  { manualSync }: GitOpsPolicy,
): Ownership {
  const app = ARGO_APP.exec(managedBy ?? '')?.[1];
  if (app !== undefined) {
    return manualSync.some((glob) => matchesGlob(glob, app))
      ? { kind: 'free', warning: `Argo CD app ${app} is synced by hand: the next sync undoes this` }
      : { kind: 'reconciled', owner: `Argo CD app ${app}` };
  }
  const reconciler = RECONCILERS.find(([pattern]) => pattern.test(setBy ?? ''))?.[1];
  if (managedBy !== undefined && !/^Helm\b/.test(managedBy)) return { kind: 'reconciled', owner: managedBy };
  if (reconciler !== undefined) return { kind: 'reconciled', owner: reconciler };
  const warning =
    managedBy === undefined ? undefined : `${managedBy}: its next upgrade undoes this unless it is changed there too`;
  return { kind: 'free', warning };
}
