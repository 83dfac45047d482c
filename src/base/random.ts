/** Randomness as a door: production fills from the system, tests from a seed. */
export interface Random {
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
  /** An integer from 0 up to but not including `below` (1 to 2^32). */
  below(below: number): number;
}

/** A reproducible source (xorshift128); never for secrets. */
export function seededRandom(seed: number): Random {
  let a = seed >>> 0 || 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let d = (seed ^ 0xdeadbeef) >>> 0;
  const next = (): number => {
    const t = a ^ (a << 11);
    a = b;
    b = c;
    c = d;
    d = (d ^ (d >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    return d;
  };
  for (let warm = 0; warm < 16; warm++) next();
  return {
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
    below: (below) => Math.floor((next() / 2 ** 32) * below),
  };
}

/** The alphabet of generated names: no vowels, none of 0 1 3 (apimachinery util/rand). */
const NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** `length` characters fit for the end of an object name. */
export function randomSuffix(random: Random, length: number): string {
  let suffix = "";
  for (let i = 0; i < length; i++) suffix += NAME_ALPHABET[random.below(NAME_ALPHABET.length)];
  return suffix;
}

/** Every byte as two hexadecimal digits. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** A random (version 4) UUID, RFC 9562. */
export function randomUuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  let uuid = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) uuid += "-";
    uuid += HEX[bytes[i] ?? 0];
  }
  return uuid;
}
