import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stringify } from 'yaml';
import { until } from '../processes.ts';
import { namespaceOf } from '../universe.ts';
import { needsRegistries, story } from './story.ts';

const NAME = 'examples';
const SHIPPED = join(import.meta.dirname, '..', '..', '..', 'infra', 'kubernetes', 'examples');
const AUTHS = { 'private.example.com': { username: 'puller', password: 's3cret' } };

/** The shipped patterns run as they are, but for registry, image and password: by a kustomization, as a user changes them. */
export const examples = story(
  NAME,
  [NAME],
  async ({ kubectl, watch }, problems, tell) => {
    const namespace = namespaceOf(NAME);
    const digest = await digestOfNginx();
    const folder = mkdtempSync(join(tmpdir(), 'pullmedic-examples-'));
    try {
      const kustomization = {
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        namespace,
        resources: [relative(folder, SHIPPED)],
        images: [
          { name: 'registry.example.com/myapp', newName: 'private.example.com/team/secret-app', newTag: 'v1' },
          { name: 'nginx', digest },
        ],
        patches: [
          {
            target: { kind: 'Secret' },
            patch: JSON.stringify([
              { op: 'replace', path: '/stringData/.dockerconfigjson', value: JSON.stringify({ auths: AUTHS }) },
            ]),
          },
        ],
      };
      writeFileSync(join(folder, 'kustomization.yaml'), stringify(kustomization));
      const startedAt = Date.now();
      const out = await kubectl.run('apply', '--server-side', '--warnings-as-errors', '--kustomize', folder);
      tell({ fails: { text: `applied: ${out.trim().split('\n').length} objects` } });
      const running = await until('all pods of both patterns run', 60, () => {
        const { pods, runningSince } = watch.see(namespace);
        return pods.length === 5 && runningSince;
      });
      const images = watch
        .see(namespace)
        .pods.flatMap(({ spec }) => (spec?.containers ?? []).map(({ image }) => image));
      const pinned = images.filter((image) => image === `nginx@${digest}`).length;
      if (pinned !== 2) problems.push(`${pinned} pods run nginx by digest, not 2`);
      const secrets = watch.see(namespace).pods.filter(({ spec }) => spec?.serviceAccountName === 'app-sa');
      if (!secrets.every(({ spec }) => spec?.imagePullSecrets?.[0]?.name === 'production-registry'))
        problems.push('the pods of app-sa did not get its pull secret');
      tell({
        recovered: {
          text: `${secrets.length} pods with the service account's secret, ${pinned} by digest`,
          seconds: (running - startedAt) / 1_000,
        },
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  needsRegistries,
);

/** Of `nginx:1.27` as the testbed's Docker Hub has it. @throws when it has none */
async function digestOfNginx(): Promise<string> {
  const answer = await fetch('http://127.0.0.1:5000/v2/library/nginx/manifests/1.27', {
    method: 'HEAD',
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  const digest = answer.headers.get('docker-content-digest');
  if (digest === null) throw new Error(`the testbed has no nginx: ${answer.status}`);
  return digest;
}
