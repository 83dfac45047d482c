import { parseIp, type Ip } from "../validation/ip.ts";
import { CelType } from "./types.ts";
import { CelError, Opaque } from "./value.ts";

export const IP = new CelType("opaque", "net.IP");
export const CIDR = new CelType("opaque", "net.CIDR");

export class IpValue extends Opaque {
  readonly ip: Ip;

  constructor(ip: Ip) {
    super();
    this.ip = ip;
  }

  get type(): CelType {
    return IP;
  }

  override get costSize(): number {
    return this.ip.bytes.length;
  }

  sameAs(other: Opaque): boolean {
    return other instanceof IpValue && sameBytes(other.ip.bytes, this.ip.bytes);
  }
}

/** An address and how many of its bits name a network; the others may be set. */
export class CidrValue extends Opaque {
  readonly ip: Ip;
  readonly bits: number;

  constructor(ip: Ip, bits: number) {
    super();
    this.ip = ip;
    this.bits = bits;
  }

  get type(): CelType {
    return CIDR;
  }

  override get costSize(): number {
    return Math.ceil(this.bits / 8);
  }

  sameAs(other: Opaque): boolean {
    return other instanceof CidrValue && other.bits === this.bits && sameBytes(other.ip.bytes, this.ip.bytes);
  }

  /** Whether an address lies in the network. */
  contains({ bytes }: Ip): boolean {
    return (
      bytes.length === this.ip.bytes.length && sameBytes(masked(bytes, this.bits), masked(this.ip.bytes, this.bits))
    );
  }
}

function sameBytes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The bytes with all bits behind the first `bits` unset. */
export function masked(bytes: readonly number[], bits: number): number[] {
  return bytes.map((byte, i) => byte & ~(0xff >> Math.min(Math.max(bits - i * 8, 0), 8)) & 0xff);
}

function isMapped({ family, bytes }: Ip): boolean {
  return family === "IPv6" && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
}

export function ipFrom(text: string): IpValue | CelError {
  const quoted = JSON.stringify(text);
  const [address = "", zone] = text.split("%", 2);
  const ip = parseIp(address);
  if (ip === undefined || (zone !== undefined && (zone === "" || ip.family === "IPv4"))) {
    const cause = /[.:]/.test(text) ? "unexpected character" : "unable to parse IP";
    return new CelError(
      `IP Address ${quoted} parse error during conversion from string: ParseAddr(${quoted}): ${cause}`,
    );
  }
  if (zone !== undefined) return new CelError(`IP address ${quoted} with zone value is not allowed`);
  return isMapped(ip) ? new CelError(`IPv4-mapped IPv6 address ${quoted} is not allowed`) : new IpValue(ip);
}

export function cidrFrom(text: string): CidrValue | CelError {
  const quoted = JSON.stringify(text);
  const slash = text.lastIndexOf("/");
  const ip = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const bits = /^(?:0|[1-9][0-9]{0,2})$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : Infinity;
  const head = "network address parse error during conversion from string: ";
  if (ip === undefined || bits > ip.bytes.length * 8) {
    const cause = slash < 0 ? "no '/'" : ip === undefined ? "invalid address" : "prefix length out of range";
    return new CelError(`${head}${head}netip.ParsePrefix(${quoted}): ${cause}`);
  }
  return isMapped(ip)
    ? new CelError(`${head}IPv4-mapped IPv6 address ${quoted} is not allowed`)
    : new CidrValue(ip, bits);
}

/** The one text of an address (RFC 5952). */
export function showIp({ family, bytes }: Ip): string {
  if (family === "IPv4") return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  let [start, length] = [-1, 1];
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  const hex = (some: readonly number[]) => some.map((group) => group.toString(16)).join(":");
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}
