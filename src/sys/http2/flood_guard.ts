import { Allowance } from "./allowance.ts";
import { CODE, ConnectionError } from "./connection_error.ts";

/** Acknowledgements that have not left this process: who asks for more does not read them (as nghttp2). */
const REPLIES_MAX = 1_000;

/** Ends a connection whose client keeps us busy for nothing: each method throws a {@link ConnectionError} then. */
export class FloodGuard {
  /** Opening and breaking off streams costs us more than the client (nghttp2 has the same numbers). */
  readonly #resets = new Allowance(1_000, 33);
  readonly #idleFrames = new Allowance(10_000, 1_000);
  #replies = 0;

  /** A stream was reset by the client, or by its fault. */
  onReset(): void {
    if (!this.#resets.take()) throw calm("too many streams were reset");
  }

  /** A frame that brings nothing: a ping, settings, a priority, empty data, next to no credit, one we do not know. */
  onIdleFrame(): void {
    if (!this.#idleFrames.take()) throw calm("too many frames for nothing");
  }

  /** A frame that is to be acknowledged. Returns what is to be called when that has left. */
  onReply(): () => void {
    this.onIdleFrame();
    if (++this.#replies > REPLIES_MAX) throw calm("too many frames to answer");
    return () => void this.#replies--;
  }
}

function calm(message: string): ConnectionError {
  return new ConnectionError(CODE.enhanceYourCalm, message);
}
