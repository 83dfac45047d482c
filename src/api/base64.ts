const CHUNK_BYTES = 0x8000;

/** Base64 text of bytes. */
export function toBase64(bytes: Uint8Array): string {
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

/** The bytes of base64 text that was checked when it was decoded. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
