const CHUNK_BYTES = 0x8000;

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    // In chunks: each byte is an argument, and those live on the stack.
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
  }
  return btoa(binary);
}

/** Base64 of a text's UTF-8 bytes. */
export function base64OfText(text: string): string {
  return toBase64(new TextEncoder().encode(text));
}
