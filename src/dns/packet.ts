import { decode, type DecodedPacket } from "dns-packet";

/** The packet these bytes are; undefined when they are none. The package reads Buffers only. */
export function readPacket(bytes: Uint8Array): DecodedPacket | undefined {
  try {
    return decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch {
    return undefined;
  }
}
