/** A message as it goes over TCP: its length in two bytes before it (RFC 1035 4.2.2). */
export function framed(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(message.length + 2);
  bytes[0] = message.length >> 8;
  bytes[1] = message.length & 0xff;
  bytes.set(message, 2);
  return bytes;
}

/** The messages of a TCP connection. Holds one at a time, at most 64 KiB and a chunk. */
export async function* frames(incoming: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of incoming) {
    rest = joined(rest, chunk);
    while (rest.length >= 2) {
      const length = ((rest[0] ?? 0) << 8) | (rest[1] ?? 0);
      if (rest.length < length + 2) break;
      yield rest.slice(2, length + 2);
      rest = rest.subarray(length + 2);
    }
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
