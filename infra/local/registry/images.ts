import { createHash } from 'node:crypto';

export const MEDIA = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

export interface Document {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** All documents of one image: `root` is what its tag names. */
export interface BuiltImage {
  readonly root: Document;
  readonly manifests: readonly Document[];
  readonly blobs: readonly Document[];
}

function document(mediaType: string, bytes: Buffer): Document {
  return { mediaType, bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

function json(mediaType: string, value: unknown): Document {
  return document(mediaType, Buffer.from(JSON.stringify(value)));
}

function descriptor({ mediaType, digest, bytes }: Document): Descriptor {
  return { mediaType, digest, size: bytes.length };
}

/** Bytes that look like a layer, the same for the same seed, so that digests are stable between runs. */
function layerBytes(seed: string, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let length = 0, i = 0; length < size; length += 32, i += 1) {
    parts.push(createHash('sha256').update(`${seed}/${i}`).digest());
  }
  return Buffer.concat(parts).subarray(0, size);
}

/**
 * Builds a real OCI image: an index where there are several platforms, else one manifest.
 * @param platforms such as `linux/amd64`
 */
export function buildImage(seed: string, platforms: readonly string[], layerSize: number): BuiltImage {
  const built = platforms.map((platform) => {
    const [os = 'linux', architecture = 'amd64'] = platform.split('/');
    const layer = document(MEDIA.layer, layerBytes(`${seed}/${platform}`, layerSize));
    const config = json(MEDIA.config, {
      os,
      architecture,
      created: '2026-01-01T00:00:00Z',
      config: { Entrypoint: ['/app'], Labels: { 'org.opencontainers.image.title': seed } },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    });
    const manifest = json(MEDIA.manifest, {
      schemaVersion: 2,
      mediaType: MEDIA.manifest,
      config: descriptor(config),
      layers: [descriptor(layer)],
    });
    return { manifest, blobs: [config, layer], platform: { os, architecture } };
  });
  const manifests = built.map(({ manifest }) => manifest);
  const blobs = built.flatMap((one) => one.blobs);
  const [only] = manifests;
  if (only && manifests.length === 1) return { root: only, manifests, blobs };
  const index = json(MEDIA.index, {
    schemaVersion: 2,
    mediaType: MEDIA.index,
    manifests: built.map(({ manifest, platform }) => ({ ...descriptor(manifest), platform })),
  });
  return { root: index, manifests: [index, ...manifests], blobs };
}
