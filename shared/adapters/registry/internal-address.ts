import ipaddr from 'ipaddr.js';

/** Addresses where clouds serve credentials to whoever asks, outside link-local ranges. Never asked, whatever is allowed. */
const METADATA = new Set([
  '100.100.100.200', // Alibaba Cloud
  '168.63.129.16', // Azure's wire server
  '192.0.0.192', // Oracle Cloud
  'fd00:ec2::254', // AWS
  'fd00:42::42', // Scaleway
  'fd20:ce::254', // Google Cloud
]);

/** What may be asked where a registry's entry says `allowPrivate`. */
const PRIVATE_RANGES = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal']);

/** Global unicast (RFC 4291): whatever else is not handed out to anybody. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** NAT64 as RFC 6052 has it for everybody; its other prefix (RFC 8215) is for internal use. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Why an address is not asked, in words.
 * @param address as a resolver gives it
 * @returns `undefined` where it may be asked: public unicast, with `allowPrivate` also private, loopback and shared ones
 */
export function refusalOfAddress(address: string, allowPrivate: boolean): string | undefined {
  if (!ipaddr.isValid(address)) return 'not an address';
  return refusal(ipaddr.parse(address), allowPrivate);
}

function refusal(address: ipaddr.IPv4 | ipaddr.IPv6, allowPrivate: boolean): string | undefined {
  if (METADATA.has(address.toString())) return 'a metadata address';
  const range = address.range();
  if (range === 'linkLocal') return 'a link-local address';
  if (address instanceof ipaddr.IPv6) {
    const inner = embeddedAddress(address);
    if (inner !== undefined) return refusal(inner, allowPrivate);
    if (range === 'unicast' && !address.match(GLOBAL_UNICAST)) return 'a reserved address';
  }
  if (range === 'unicast') return undefined;
  if (PRIVATE_RANGES.has(range)) return allowPrivate ? undefined : 'a private address';
  return 'a reserved address';
}

/** The IPv4 address that an IPv6 one stands for: where the packets end up. */
function embeddedAddress(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (!address.match(NAT64)) return undefined;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}
