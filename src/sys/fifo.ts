import { constants, openSync } from "node:fs";
import { Socket } from "node:net";

/** The reading end of a FIFO: ends when the last writer has closed. */
export interface FifoReader extends AsyncIterable<Uint8Array> {
  /** Gives up reading at once. */
  destroy(): void;
}

/** The writing end of a FIFO. */
export interface FifoWriter {
  /** Resolves when the chunk is in the FIFO; rejects once it was closed. */
  write(chunk: Uint8Array): Promise<void>;
  close(): void;
}

/**
 * Opens a FIFO for reading before anybody writes. It must be open before the writer comes, or the writer's open would
 * block; an end is reported only after there has been a writer.
 */
export function openFifoReader(path: string): FifoReader {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/** Opens a FIFO for writing, whether or not there is a reader yet. */
export function openFifoWriter(path: string): FifoWriter {
  // For reading as well: a FIFO without a reader cannot be opened for writing alone without blocking.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: false, writable: true });
  // Each failed write rejects by itself; without a listener the event would end the process.
  socket.on("error", () => {});
  return {
    write: (chunk) =>
      new Promise((resolve, reject) => socket.write(chunk, (error) => (error ? reject(error) : resolve()))),
    close: () => void socket.destroy(),
  };
}
