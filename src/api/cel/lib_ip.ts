import type { Ip } from "../validation/ip.ts";
import { instance, Library, P } from "./functions.ts";
import { CIDR, CidrValue, cidrFrom, IP, ipFrom, IpValue, masked, showIp } from "./ip_values.ts";
import { BOOL, INT, STRING } from "./types.ts";
import { CelError, type Result } from "./value.ts";

function isAll({ bytes }: Ip, value: number): boolean {
  return bytes.every((byte) => byte === value);
}

function isLoopback(ip: Ip): boolean {
  const { family, bytes } = ip;
  if (family === "IPv4") return bytes[0] === 127;
  return bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1;
}

function isMulticast({ family, bytes: [first = 0] }: Ip): boolean {
  return family === "IPv4" ? first >> 4 === 0xe : first === 0xff;
}

function isLinkLocalMulticast({ family, bytes: [a = 0, b = 0, c = 0] }: Ip): boolean {
  return family === "IPv4" ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 2;
}

function isLinkLocalUnicast({ family, bytes: [a = 0, b = 0] }: Ip): boolean {
  return family === "IPv4" ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80;
}

function isGlobalUnicast(ip: Ip): boolean {
  const isBroadcast = ip.family === "IPv4" && isAll(ip, 255);
  return !isAll(ip, 0) && !isBroadcast && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocalUnicast(ip);
}

/** What a function gives for a value that could be read; the error otherwise. */
function read<T>(value: T | CelError, then: (value: T) => Result): Result {
  return value instanceof CelError ? value : then(value);
}

function containsCidr(outer: CidrValue, inner: CidrValue): boolean {
  return outer.bits <= inner.bits && outer.contains(inner.ip);
}

const [ip, cidr] = [instance(IP, IpValue), instance(CIDR, CidrValue)];
const { string: s } = P;

/** Kubernetes' functions on addresses and networks. */
export const addresses = new Library()
  .fn("ip", "string_to_ip", [s], IP, ([text]) => ipFrom(text))
  .fn("isIP", "is_ip", [s], BOOL, ([text]) => !(ipFrom(text) instanceof CelError))
  .fn("ip.isCanonical", "ip_is_canonical", [s], BOOL, ([text]) =>
    read(ipFrom(text), (value) => showIp(value.ip) === text),
  )
  .fn("string", "ip_to_string", [ip], STRING, ([value]) => showIp(value.ip))
  .method("family", "ip_family", [ip], INT, ([value]) => (value.ip.family === "IPv4" ? 4n : 6n))
  .method("isUnspecified", "ip_is_unspecified", [ip], BOOL, ([value]) => isAll(value.ip, 0))
  .method("isLoopback", "ip_is_loopback", [ip], BOOL, ([value]) => isLoopback(value.ip))
  .method("isLinkLocalMulticast", "ip_is_link_local_multicast", [ip], BOOL, ([value]) => isLinkLocalMulticast(value.ip))
  .method("isLinkLocalUnicast", "ip_is_link_local_unicast", [ip], BOOL, ([value]) => isLinkLocalUnicast(value.ip))
  .method("isGlobalUnicast", "ip_is_global_unicast", [ip], BOOL, ([value]) => isGlobalUnicast(value.ip))
  .fn("cidr", "string_to_cidr", [s], CIDR, ([text]) => cidrFrom(text))
  .fn("isCIDR", "is_cidr", [s], BOOL, ([text]) => !(cidrFrom(text) instanceof CelError))
  .fn("string", "cidr_to_string", [cidr], STRING, ([value]) => `${showIp(value.ip)}/${value.bits}`)
  .method("containsIP", "cidr_contains_ip_string", [cidr, s], BOOL, ([range, text]) =>
    read(ipFrom(text), (value) => range.contains(value.ip)),
  )
  .method("containsIP", "cidr_contains_ip_ip", [cidr, ip], BOOL, ([range, value]) => range.contains(value.ip))
  .method("containsCIDR", "cidr_contains_cidr_string", [cidr, s], BOOL, ([outer, text]) =>
    read(cidrFrom(text), (inner) => containsCidr(outer, inner)),
  )
  .method("containsCIDR", "cidr_contains_cidr", [cidr, cidr], BOOL, ([outer, inner]) => containsCidr(outer, inner))
  .method("ip", "cidr_ip", [cidr], IP, ([range]) => new IpValue(range.ip))
  .method("prefixLength", "cidr_prefix_length", [cidr], INT, ([range]) => BigInt(range.bits))
  .method(
    "masked",
    "cidr_masked",
    [cidr],
    CIDR,
    ([{ ip: address, bits }]) => new CidrValue({ ...address, bytes: masked(address.bytes, bits) }, bits),
  );
