import { CODE, ConnectionError } from "./connection_error.ts";
import { FLAG, FRAME, type FrameHeader } from "./frames.ts";

/**
 * What a frame of a client's must be whatever the state of its stream (RFC 9113, 6).
 *
 * @throws {ConnectionError} When it is not; offences of a stream alone are told from the connection's elsewhere.
 */
export function checkFrame({ type, flags, stream, length }: FrameHeader): void {
  switch (type) {
    case FRAME.data:
    case FRAME.continuation:
      return requireStream(stream !== 0);
    case FRAME.headers:
      return requireStream(stream % 2 === 1); // The others are the server's.
    case FRAME.priority:
      requireStream(stream !== 0);
      return requireLength(length === 5);
    case FRAME.rstStream:
      requireStream(stream !== 0);
      return requireLength(length === 4);
    case FRAME.settings:
      requireStream(stream === 0);
      return requireLength((flags & FLAG.ack) === 0 ? length % 6 === 0 : length === 0);
    case FRAME.pushPromise:
      throw new ConnectionError(CODE.protocolError, "a client does not push");
    case FRAME.ping:
      requireStream(stream === 0);
      return requireLength(length === 8);
    case FRAME.goaway:
      requireStream(stream === 0);
      return requireLength(length >= 8);
    case FRAME.windowUpdate:
      return requireLength(length === 4);
  }
}

function requireStream(isRight: boolean): void {
  if (!isRight) throw new ConnectionError(CODE.protocolError, "a frame on the wrong stream");
}

function requireLength(isRight: boolean): void {
  if (!isRight) throw new ConnectionError(CODE.frameSizeError, "a frame of the wrong length");
}
