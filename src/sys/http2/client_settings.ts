import { CODE, ConnectionError } from "./connection_error.ts";
import { FRAME_BYTES_MAX, SETTING, WINDOW_BYTES_MAX } from "./frames.ts";

/**
 * The window that a SETTINGS frame gives each of our answers, or undefined when it says nothing of it. Of its other
 * parameters none means anything to us: our frames have the least size, our header blocks no table.
 *
 * @throws {ConnectionError} For values that there are not (RFC 9113, 6.5.2).
 */
export function windowOfSettings(payload: Buffer): number | undefined {
  let window: number | undefined;
  for (let at = 0; at + 6 <= payload.length; at += 6) {
    const value = payload.readUInt32BE(at + 2);
    switch (payload.readUInt16BE(at)) {
      case SETTING.enablePush:
        if (value > 1) throw new ConnectionError(CODE.protocolError, "a switch is 0 or 1");
        break;
      case SETTING.maxFrameSize:
        if (value >= FRAME_BYTES_MAX && value <= 0xffffff) break;
        throw new ConnectionError(CODE.protocolError, "no size of frames");
      case SETTING.initialWindowSize:
        if (value > WINDOW_BYTES_MAX) throw new ConnectionError(CODE.flowControlError, "a window is too large");
        window = value;
    }
  }
  return window;
}
