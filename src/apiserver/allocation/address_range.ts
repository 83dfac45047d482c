import type { Random } from "#base/random.ts";

/** A range of IPv4 addresses in CIDR notation. Neither its first (network) nor its last (broadcast) is given away. */
export class AddressRange {
  readonly cidr: string;
  readonly #base: number;
  readonly #size: number;

  /** @throws {RangeError} When `cidr` is not an IPv4 range. */
  constructor(cidr: string) {
    const [address = "", bits = ""] = cidr.split("/");
    const base = addressNumber(address);
    const length = Number(bits);
    if (base === undefined || !/^\d+$/.test(bits) || length > 30) throw new RangeError(`not an IPv4 range: ${cidr}`);
    this.cidr = cidr;
    this.#size = 2 ** (32 - length);
    this.#base = base - (base % this.#size);
  }

  contains(address: string): boolean {
    const number = addressNumber(address);
    return number !== undefined && number > this.#base && number < this.#base + this.#size - 1;
  }

  /** The address `offset` above the first. */
  at(offset: number): string {
    const number = this.#base + offset;
    return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
  }

  /**
   * A free address, looked for from a random place on. The low end of the range is left to those who choose
   * (KEP-3070) until the rest is full.
   */
  pick(random: Random, isFree: (address: string) => boolean): string | undefined {
    const count = this.#size - 2;
    const low = Math.min(Math.max(16, Math.floor(this.#size / 16)), 256, Math.floor(count / 2));
    return this.#pickBetween(low + 1, count - low, random, isFree) ?? this.#pickBetween(1, low, random, isFree);
  }

  #pickBetween(first: number, count: number, random: Random, isFree: (address: string) => boolean): string | undefined {
    const start = random.below(count);
    for (let step = 0; step < count; step++) {
      const address = this.at(first + ((start + step) % count));
      if (isFree(address)) return address;
    }
    return undefined;
  }
}

/** The 32 bits of a dotted address; undefined when it is none. Leading zeros are refused: some read them as octal. */
function addressNumber(address: string): number | undefined {
  const parts = address.split(".");
  if (parts.length !== 4) return undefined;
  let number = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    number = number * 256 + Number(part);
  }
  return number;
}
