import { parseArgs } from 'node:util';

export interface Options {
  /** Names of cases and stories; `undefined` = all. */
  readonly only: ReadonlySet<string> | undefined;
  /** Where the report is written; `undefined` = nowhere. */
  readonly report: string | undefined;
  /** `testbed` = the cluster reaches the testbed's registries. */
  readonly registries: 'none' | 'testbed';
  /** `small` = the node's image store has less than 60 MB. */
  readonly imageStore: 'normal' | 'small';
  /** The API server's audit log (level Metadata) for service accounts of the namespace pullmedic. */
  readonly auditLog: string | undefined;
  /** Admin of a second cluster, where no pod has to run; `undefined` = there is none. */
  readonly secondCluster: string | undefined;
  /** PEM of the CA that signs the testbed's registries; `undefined` = the product cannot ask them. */
  readonly registryCa: string | undefined;
  /** An image on the testbed's open registry with a static `/bin/busybox`; `undefined` = nothing is pre-pulled. */
  readonly helperImage: string | undefined;
  /** `limits.timeScale` of the configuration; 1 = the product as shipped. */
  readonly timeScale: number;
  /** Takes the place of every `for` of the shipped rules. */
  readonly forSeconds: number;
  /** Waits for what takes more than a quarter of an hour. */
  readonly isLong: boolean;
  readonly keepFolder: boolean;
}

const USAGE = `node test/real/run.ts [--only case,case] [--report docs/e2e.md]
  KUBECONFIG               the cluster's admin; a disposable cluster: namespaces e2e-* and pullmedic are created there
  --registries testbed     the node reaches the registries of the testbed (without it most cases are skipped)
  --image-store small      the node's image store holds less than 60 MB (case no-space)
  --audit-log FILE         the API server's audit log, level Metadata, for the group system:serviceaccounts:pullmedic
  --registry-ca FILE       the CA of the testbed's registries: pullmedic is configured to ask them, through their proxy
  --helper-image IMAGE     has a static /bin/busybox, and the node can pull it: images are pre-pulled with it
  --second-cluster FILE    kubeconfig of the admin of a second, disposable cluster (a control plane is enough): guardrails
                           and overlays are held against it, and its alerting and its token are taken away
  --time-scale N           limits.timeScale of pullmedic: 0.2 makes the graces a fifth as long; 1 (default) is the product as shipped
  --for SECONDS            takes the place of every "for" of the shipped rules (default 5)
  --long                   waits for a download that stalls as well (16 to 21 minutes)
  --keep                   leave logs and data where they are, and print the folder
`;

/** @throws {Error} with the usage for anything that is not known */
export function readOptions(argv: readonly string[]): Options {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        only: { type: 'string' },
        report: { type: 'string' },
        registries: { type: 'string', default: 'none' },
        'image-store': { type: 'string', default: 'normal' },
        'audit-log': { type: 'string' },
        'second-cluster': { type: 'string' },
        'helper-image': { type: 'string' },
        'registry-ca': { type: 'string' },
        'time-scale': { type: 'string', default: '1' },
        for: { type: 'string', default: '5' },
        long: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined);
  const only = text('only')
    ?.split(',')
    .filter((name) => name !== '');
  return {
    only: only === undefined ? undefined : new Set(only),
    report: text('report'),
    registries: text('registries') === 'testbed' ? 'testbed' : 'none',
    imageStore: text('image-store') === 'small' ? 'small' : 'normal',
    auditLog: text('audit-log'),
    secondCluster: text('second-cluster'),
    registryCa: text('registry-ca'),
    helperImage: text('helper-image'),
    timeScale: positive(text('time-scale'), 'time-scale'),
    forSeconds: positive(text('for'), 'for'),
    isLong: values['long'] === true,
    keepFolder: values['keep'] === true,
  };
}

function positive(text: string | undefined, name: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} takes a number above 0\n${USAGE}`);
  return value;
}
