import type { Duplex } from "node:stream";
import type { ByteStream } from "#base/streams.ts";

/** A connection as other rooms see it. */
export function byteStreamOf(socket: Duplex): ByteStream {
  return {
    incoming: socket,
    write: (chunk) => new Promise((done, failed) => socket.write(chunk, (error) => (error ? failed(error) : done()))),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}
