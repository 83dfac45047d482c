const encoder = new TextEncoder();

/** The JSON bytes of an object; members stand in the order the object has them. No newline at the end. */
export function encode(object: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(object));
}
