/*
 * What a key may be used for, in Kubernetes' words (certificates/v1 KeyUsage) and in those of X.509.
 */

/** Bits of the extension keyUsage, the first being the most significant (RFC 5280, 4.2.1.3). */
const BITS: Readonly<Record<string, number>> = {
  signing: 0,
  "digital signature": 0,
  "content commitment": 1,
  "key encipherment": 2,
  "data encipherment": 3,
  "key agreement": 4,
  "cert sign": 5,
  "crl sign": 6,
  "encipher only": 7,
  "decipher only": 8,
};

/** Object identifiers for the extension extKeyUsage. */
const EXTENDED: Readonly<Record<string, string>> = {
  any: "2.5.29.37.0",
  "server auth": "1.3.6.1.5.5.7.3.1",
  "client auth": "1.3.6.1.5.5.7.3.2",
  "code signing": "1.3.6.1.5.5.7.3.3",
  "email protection": "1.3.6.1.5.5.7.3.4",
  "s/mime": "1.3.6.1.5.5.7.3.4",
  "ipsec end system": "1.3.6.1.5.5.7.3.5",
  "ipsec tunnel": "1.3.6.1.5.5.7.3.6",
  "ipsec user": "1.3.6.1.5.5.7.3.7",
  timestamping: "1.3.6.1.5.5.7.3.8",
  "ocsp signing": "1.3.6.1.5.5.7.3.9",
  "microsoft sgc": "1.3.6.1.4.1.311.10.3.3",
  "netscape sgc": "2.16.840.1.113730.4.1",
};

/** The bits of keyUsage with the number of bits that do not count; undefined when none is asked for. */
export function usageBits(usages: readonly string[]): { readonly bytes: Buffer; readonly unused: number } | undefined {
  const bits = usages.flatMap((usage) => BITS[usage] ?? []);
  if (bits.length === 0) return undefined;
  const last = Math.max(...bits);
  const bytes = Buffer.alloc(last < 8 ? 1 : 2);
  for (const bit of bits) bytes.writeUInt8(bytes.readUInt8(bit >> 3) | (0x80 >> (bit & 7)), bit >> 3);
  return { bytes, unused: 7 - (last & 7) };
}

/** Object identifiers of what is asked for beside the bits, each once. */
export function extendedUsages(usages: readonly string[]): string[] {
  return [...new Set(usages.flatMap((usage) => EXTENDED[usage] ?? []))];
}
