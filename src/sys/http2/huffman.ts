/** Huffman's code of HPACK (RFC 7541, appendix B). It is canonical: the lengths of the codes say what the codes are. */

/** Bits of the code of each byte. */
// oxfmt-ignore
const LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];
/** The end of a string; it stands in no string, its first bits fill the last byte. */
const END = 256;
const END_BITS = 30;

/** A tree: the node after a 0 is at `2 * node`, after a 1 at `2 * node + 1`; a leaf is the complement of its symbol. */
const TREE = treeOf([...LENGTHS, END_BITS]);

function treeOf(lengths: readonly number[]): Int16Array {
  const tree = new Int16Array(2 * lengths.length);
  let nodes = 1;
  let code = 0;
  let bits = 0;
  const symbols = lengths.map((length, symbol) => ({ length, symbol }));
  for (const { length, symbol } of symbols.toSorted((a, b) => a.length - b.length || a.symbol - b.symbol)) {
    code = (code << (length - bits)) >>> 0;
    bits = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const at = 2 * node + ((code >>> bit) & 1);
      if (tree[at] === 0) tree[at] = nodes++;
      node = tree[at] ?? 0;
    }
    tree[2 * node + (code & 1)] = ~symbol;
    code++;
  }
  return tree;
}

/** Decoded bytes; a string is put together of them at its end. */
let decoded = Buffer.allocUnsafe(1_024);

/**
 * A string of bytes, each as a character of Latin-1.
 *
 * @throws {RangeError} When the bytes are no such code.
 */
export function huffmanDecoded(bytes: Uint8Array, from: number, to: number): string {
  const lengthMax = ((to - from) * 8) / 5;
  if (decoded.length < lengthMax) decoded = Buffer.allocUnsafe(lengthMax | 0);
  let length = 0;
  let node = 0;
  /** Bits since the last symbol, and whether all of them were ones. */
  let open = 0;
  let isOnes = true;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    for (let bit = 7; bit >= 0; bit--) {
      const one = (byte >>> bit) & 1;
      const next = TREE[2 * node + one] ?? 0;
      open++;
      isOnes &&= one === 1;
      if (next >= 0) {
        node = next;
        continue;
      }
      if (~next === END) throw new RangeError("a string in Huffman's code holds its end");
      decoded[length++] = ~next;
      node = 0;
      open = 0;
      isOnes = true;
    }
  }
  if (open > 7 || !isOnes) throw new RangeError("a string in Huffman's code ends within a symbol");
  return decoded.toString("latin1", 0, length);
}
