/** What one look covers. A namespace is the usual one; the seed's node- and registry-wide alerts have none. */
export type Scope =
  | { readonly kind: 'namespace'; readonly cluster: string; readonly namespace: string }
  | { readonly kind: 'node'; readonly cluster: string; readonly node: string }
  | { readonly kind: 'registry'; readonly cluster: string; readonly registry: string }
  /** All pending pods: where an alert names neither (a node-wide alert with only `instance`). */
  | { readonly kind: 'cluster'; readonly cluster: string };

/** A stable text for keys: `prod-eu/namespace/shop`. */
export function scopeKey(scope: Scope): string {
  switch (scope.kind) {
    case 'namespace':
      return `${scope.cluster}/namespace/${scope.namespace}`;
    case 'node':
      return `${scope.cluster}/node/${scope.node}`;
    case 'registry':
      return `${scope.cluster}/registry/${scope.registry}`;
    case 'cluster':
      return `${scope.cluster}/cluster`;
  }
}
