import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate authority made for one test run: Node can use certificates but not make them, so here is the DER. */
export interface TestAuthority {
  /** PEM of the authority itself: what a `caBundle` holds. */
  readonly certificate: string;
  issue(
    names: readonly string[],
    options?: { readonly hasExpired?: boolean },
  ): { readonly cert: string; readonly key: string };
}

const OIDS = {
  commonName: [0x55, 0x04, 0x03],
  subjectAltName: [0x55, 0x1d, 0x11],
  basicConstraints: [0x55, 0x1d, 0x13],
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
} as const;

function der(tag: number, ...parts: readonly (Uint8Array | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const oid = (name: keyof typeof OIDS) => der(0x06, OIDS[name]);
const nameOf = (text: string) => sequence(der(0x31, sequence(oid('commonName'), der(0x0c, Buffer.from(text)))));
const time = (text: string) => der(0x18, Buffer.from(text));
const extension = (name: keyof typeof OIDS, value: Uint8Array) => sequence(oid(name), der(0x04, value));

let serial = 1;

function certify(options: {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Uint8Array[];
  readonly hasExpired?: boolean | undefined;
}): string {
  const algorithm = sequence(oid('ecdsaWithSha256'));
  serial += 1;
  const toBeSigned = sequence(
    der(0xa0, der(0x02, [2])),
    der(0x02, [serial]),
    algorithm,
    nameOf('pullmedic test authority'),
    sequence(time('20200101000000Z'), time(options.hasExpired === true ? '20210101000000Z' : '21200101000000Z')),
    nameOf(options.subject),
    options.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...options.extensions)),
  );
  const signature = sign('sha256', toBeSigned, options.signer);
  const bytes = sequence(toBeSigned, algorithm, der(0x03, [0], signature));
  return `-----BEGIN CERTIFICATE-----\n${bytes
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n')}\n-----END CERTIFICATE-----\n`;
}

export function createTestAuthority(): TestAuthority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    certificate: certify({
      subject: 'pullmedic test authority',
      publicKey: own.publicKey,
      signer: own.privateKey,
      extensions: [extension('basicConstraints', sequence(der(0x01, [0xff])))],
    }),
    issue(names, { hasExpired } = {}) {
      const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const alternatives = sequence(...names.map((name) => der(0x82, Buffer.from(name))));
      return {
        cert: certify({
          subject: names[0] ?? 'nobody',
          hasExpired,
          publicKey: leaf.publicKey,
          signer: own.privateKey,
          extensions: [extension('subjectAltName', alternatives)],
        }),
        key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}
