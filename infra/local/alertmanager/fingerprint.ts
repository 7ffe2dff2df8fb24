const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = 0xffffffffffffffffn;

/** Prometheus's label fingerprint: FNV-1a, 64 bit, over names and values in name order, each ended by 0xff. */
export function fingerprint(labels: Readonly<Record<string, string>>): string {
  let hash = OFFSET;
  for (const name of Object.keys(labels).sort()) {
    for (const part of [name, labels[name] ?? '']) {
      for (const byte of [...Buffer.from(part, 'utf8'), 0xff]) hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
    }
  }
  return hash.toString(16).padStart(16, '0');
}
