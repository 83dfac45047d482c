import type { Report } from "./report.ts";

/** An address as its family and bytes. */
export interface Ip {
  readonly family: "IPv4" | "IPv6";
  readonly bytes: readonly number[];
}

const HEX_GROUP = /^[0-9a-fA-F]{1,4}$/;

/** Reads an address strictly: no leading zeros, no zone. Undefined when it is none. */
export function parseIp(text: string): Ip | undefined {
  if (text.includes(":")) {
    const bytes = parseIpv6(text);
    return bytes && { family: "IPv6", bytes };
  }
  const bytes = parseIpv4(text);
  return bytes && { family: "IPv4", bytes };
}

function parseIpv4(text: string, leadingZeros = false): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const form = leadingZeros ? /^[0-9]{1,20}$/ : /^(0|[1-9][0-9]{0,2})$/;
  const bytes = parts.map((part) => (form.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  const rest = tail ?? [];
  const missing = 16 - head.length - rest.length;
  return missing < 2 ? undefined : [...head, ...Array.from({ length: missing }, () => 0), ...rest];
}

/** The bytes of colon-separated groups; the last may be an IPv4 address. */
function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    const isLast = i === groups.length - 1;
    if (isLast && group.includes(".")) {
      const v4 = parseIpv4(group);
      if (v4 === undefined) return undefined;
      bytes.push(...v4);
    } else if (HEX_GROUP.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return undefined;
  }
  return bytes;
}

function isMapped({ family, bytes }: Ip): boolean {
  return family === "IPv6" && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
}

/** IPv4 also where it is written inside an IPv6 address. */
export function ipFamily(text: string): "IPv4" | "IPv6" | undefined {
  const ip = parseIp(text);
  return ip && (isMapped(ip) ? "IPv4" : ip.family);
}

/** Checks an address; one that stood there before is left alone. */
export function checkIp(report: Report, path: string, text: string, known: readonly string[] = []): boolean {
  if (known.includes(text)) return true;
  const ip = parseIp(text);
  if (ip === undefined) {
    const hasZeros = parseIpv4(text, true) !== undefined;
    const form = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    report.invalid(path, text, hasZeros ? "must not have leading 0s" : form);
    return false;
  }
  if (!isMapped(ip)) return true;
  report.invalid(path, text, "must not be an IPv4-mapped IPv6 address");
  return false;
}

/** Checks an address range; one that stood there before is left alone. */
export function checkCidr(report: Report, path: string, text: string, known: readonly string[] = []): void {
  if (known.includes(text)) return;
  const [address = "", prefix = "", ...rest] = text.split("/");
  const ip = parseIp(address);
  const bits = ip?.family === "IPv4" ? 32 : 128;
  const length = /^[0-9]{1,4}$/.test(prefix) ? Number(prefix) : -1;
  const hasZeros = parseIpv4(address, true) !== undefined || (ip !== undefined && /^0[0-9]/.test(prefix));
  if (rest.length > 0 || (ip === undefined && !hasZeros) || length < 0 || length > bits) {
    report.invalid(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
  } else if (ip === undefined || /^0[0-9]/.test(prefix)) {
    report.invalid(path, text, "must not have leading 0s in IP or prefix length");
  } else if (isMapped(ip)) {
    report.invalid(path, text, "must not have an IPv4-mapped IPv6 address");
  } else if (ip.bytes.some((byte, i) => (byte & (0xff >> Math.min(Math.max(length - i * 8, 0), 8))) !== 0)) {
    report.invalid(path, text, "must not have bits set beyond the prefix length");
  }
}

/** An address together with the size of its network. */
export function checkInterfaceAddress(report: Report, path: string, text: string): void {
  const [address = "", bits = "", ...more] = text.split("/");
  const ip = parseIp(address);
  const bitsMax = (ip?.bytes.length ?? 0) * 8;
  if (ip !== undefined && more.length === 0 && /^(0|[1-9][0-9]*)$/.test(bits) && Number(bits) <= bitsMax) return;
  report.invalid(path, text, "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)");
}

/** An address that traffic of a Service may be sent to. */
export function checkEndpointIp(report: Report, path: string, text: string): void {
  const ip = parseIp(text);
  if (ip === undefined) {
    report.invalid(path, text, "must be a valid IP address");
    return;
  }
  const [a = 0, b = 0, c = 0] = ip.bytes;
  const isV4 = ip.family === "IPv4";
  const leading = ip.bytes.slice(0, -1).every((byte) => byte === 0);
  if (leading && ip.bytes.at(-1) === 0) report.invalid(path, text, `may not be unspecified (${text})`);
  if (isV4 ? a === 127 : leading && ip.bytes.at(-1) === 1) {
    report.invalid(path, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
  }
  if (isV4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80) {
    report.invalid(path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  }
  if (isV4 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 2) {
    report.invalid(path, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
  }
}

/** Whether there are two addresses, one of each family. */
export function isDualStack(addresses: readonly string[]): boolean {
  return addresses.length === 2 && new Set(addresses.map(ipFamily)).size === 2;
}

/** Whether one range lies in another and is smaller; undefined when either is none. */
export function isStrictlyWithin(inner: string, outer: string): boolean | undefined {
  const [innerIp, outerIp] = [inner, outer].map((text) => parseIp(text.split("/")[0] ?? ""));
  const [innerBits, outerBits] = [inner, outer].map((text) => Number(text.split("/")[1] ?? "NaN"));
  if (!innerIp || !outerIp || innerBits === undefined || outerBits === undefined) return undefined;
  if (!Number.isInteger(innerBits) || !Number.isInteger(outerBits)) return undefined;
  if (innerIp.family !== outerIp.family || outerBits >= innerBits) return false;
  return innerIp.bytes.every((byte, i) => {
    const mask = 0xff & ~(0xff >> Math.min(Math.max(outerBits - i * 8, 0), 8));
    return (byte & mask) === ((outerIp.bytes[i] ?? 0) & mask);
  });
}
