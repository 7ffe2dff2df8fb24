import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/**
 * The image of infra/serve/Dockerfile without a container engine: this machine's Node in place of the base image, and on
 * it what the last stage copies and sets. Pushed by skopeo.
 * @param checkout with its bundles built
 * @param image `host/name:tag` of a registry that takes pushes without TLS
 * @throws {Error} when the Dockerfile has an instruction that this does not know
 */
export function pushServeImage(checkout: string, image: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'pullmedic-image-'));
  try {
    const root = join(folder, 'root');
    const config = buildRoot(checkout, root);
    const layout = join(folder, 'layout');
    writeLayout(root, config, layout);
    const skopeo = ['--insecure-policy', 'copy', '--quiet', '--dest-tls-verify=false'];
    execFileSync('skopeo', [...skopeo, `oci:${layout}:built`, `docker://${image}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface ImageConfig {
  readonly Env: readonly string[];
  readonly WorkingDir: string;
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
}

function buildRoot(checkout: string, root: string): ImageConfig {
  const config = { Env: ['PATH=/usr/local/bin'], WorkingDir: '/', User: '', Entrypoint: [''], Cmd: [''] };
  mkdirSync(join(root, 'tmp'), { recursive: true });
  addNode(root);
  for (const [name, rest] of lastStage(readFileSync(join(checkout, 'infra', 'serve', 'Dockerfile'), 'utf8'))) {
    switch (name) {
      case 'FROM':
      case 'VOLUME':
      case 'EXPOSE':
        break;
      case 'ENV':
        config.Env.push(...rest.split(/\s+/));
        break;
      case 'WORKDIR':
        config.WorkingDir = rest;
        mkdirSync(join(root, rest), { recursive: true });
        break;
      case 'USER':
        config.User = rest;
        break;
      case 'ENTRYPOINT':
        config.Entrypoint = JSON.parse(rest);
        break;
      case 'CMD':
        config.Cmd = JSON.parse(rest);
        break;
      case 'COPY': {
        const [, from = '', to = ''] = /^--from=build \/src\/(\S+) (\S+)$/.exec(rest) ?? [];
        if (from === '') throw new Error(`infra/serve/Dockerfile: COPY ${rest}: not understood here`);
        cpSync(join(checkout, from), join(root, config.WorkingDir, to), { recursive: true });
        break;
      }
      case 'RUN': {
        const [, uid = '', path = ''] = /^install --directory --owner=(\d+) .*?(\/\S+)$/.exec(rest) ?? [];
        if (uid === '') throw new Error(`infra/serve/Dockerfile: RUN ${rest}: not understood here`);
        mkdirSync(join(root, path), { recursive: true, mode: 0o700 });
        chownSync(join(root, path), Number(uid), Number(uid));
        break;
      }
      default:
        throw new Error(`infra/serve/Dockerfile: ${name}: not understood here`);
    }
  }
  return config;
}

/** The instructions after the last FROM, continued lines joined. */
function lastStage(text: string): readonly (readonly [string, string])[] {
  const lines = text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const from = lines.findLastIndex((line) => line.startsWith('FROM '));
  return lines.slice(from).map((line) => {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    return [name, rest.trim()] as const;
  });
}

/** Node and the libraries that it is linked with, by the paths at which its loader looks for them. */
function addNode(root: string): void {
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
  for (const path of libraries.match(/\/\S+/g) ?? []) put(path, path, root);
  put(process.execPath, '/usr/local/bin/node', root);
}

function put(from: string, to: string, root: string): void {
  const target = join(root, to);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(from, target);
}

/** https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
function writeLayout(root: string, config: ImageConfig, layout: string): void {
  const blobs = join(layout, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const blob = (data: Buffer | string) => {
    const hash = digest(data);
    writeFileSync(join(blobs, hash), data);
    return { digest: `sha256:${hash}`, size: Buffer.byteLength(data) };
  };
  const tar = execFileSync('tar', ['--numeric-owner', '-C', root, '-cf', '-', '.'], { maxBuffer: 1024 ** 3 });
  const layer = blob(gzipSync(tar, { level: 1 }));
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const rootfs = { type: 'layers', diff_ids: [`sha256:${digest(tar)}`] };
  const image = blob(JSON.stringify({ architecture, os: 'linux', config, rootfs }));
  const media = 'application/vnd.oci.image';
  const manifest = blob(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${media}.manifest.v1+json`,
      config: { mediaType: `${media}.config.v1+json`, ...image },
      layers: [{ mediaType: `${media}.layer.v1.tar+gzip`, ...layer }],
    }),
  );
  const annotations = { 'org.opencontainers.image.ref.name': 'built' };
  const manifests = [{ mediaType: `${media}.manifest.v1+json`, ...manifest, annotations }];
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}

function digest(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}
