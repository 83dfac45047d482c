import type { SharedEvent, StreamBody } from "#base/http.ts";
import { afterAnswers } from "#base/turn.ts";
import type { TransportOptions } from "./transport.ts";

/** Text a reader may leave unread before the writer is told to wait, in characters. */
const UNREAD_CHARS_MAX = 1 << 23;
/** What an event counts for that is no text: what it holds others hold, too. */
const EVENT_CHARS = 1 << 10;

/**
 * The newline-delimited JSON documents of a streamed body, as they come. Ends when the body ends or `signal`
 * aborts; throws when the body breaks off. A slow reader slows the writer down.
 *
 * @param options Whether it takes events as they are, too, where the server is in this process; nobody may change one.
 */
export async function* documentsOf(
  body: StreamBody,
  signal: AbortSignal,
  { shared = false, patient = false }: TransportOptions = {},
): AsyncGenerator<unknown, void, void> {
  const lines = new LineBuffer(patient);
  const onAbort = () => lines.finish();
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) lines.finish();
  const stop = body.start({
    write: (chunk) => lines.push(chunk),
    ...(shared && { writeEvents: (events) => lines.pushEvents(events) }),
    drained: () => lines.drained(),
    end: () => lines.finish(),
    abort: () => lines.finish(new Error("the watch broke off")),
  });
  try {
    for (;;) {
      const line = lines.shift();
      if (line !== undefined) yield typeof line === "string" ? JSON.parse(line) : line;
      else if (!(await lines.more())) return;
      if (signal.aborted) return;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    lines.finish();
    stop();
  }
}

/** Lines between a writer that pushes and a reader that pulls. */
class LineBuffer {
  readonly #decoder = new TextDecoder();
  #lines: (string | SharedEvent)[] = [];
  #at = 0;
  #tail = "";
  #unreadChars = 0;
  #finished = false;
  #failure: Error | undefined;
  #wakeReader: (() => void) | undefined;
  #wakeWriters: (() => void)[] = [];
  readonly #patient: boolean;

  constructor(patient: boolean) {
    this.#patient = patient;
  }

  /** Takes bytes; false when the reader is far behind. */
  push(chunk: Uint8Array): boolean {
    if (this.#finished) return true;
    const text = this.#decoder.decode(chunk, { stream: true });
    this.#unreadChars += text.length;
    const parts = (this.#tail + text).split("\n");
    this.#tail = parts.pop() ?? "";
    for (const part of parts) if (part !== "") this.#lines.push(part);
    this.#wake();
    return this.#unreadChars < UNREAD_CHARS_MAX;
  }

  /** Takes what whole lines would say; false when the reader is far behind. */
  pushEvents(events: readonly SharedEvent[]): boolean {
    if (this.#finished) return true;
    for (const event of events) this.#lines.push(event);
    this.#unreadChars += events.length * EVENT_CHARS;
    if (this.#patient && this.#wakeReader) afterAnswers(() => this.#wake());
    else this.#wake();
    return this.#unreadChars < UNREAD_CHARS_MAX;
  }

  /** The next whole line, if one is there. */
  shift(): string | SharedEvent | undefined {
    const line = this.#lines[this.#at];
    if (line === undefined) {
      this.#lines = [];
      this.#at = 0;
      this.#unreadChars = this.#tail.length;
      this.#release();
      return undefined;
    }
    this.#at++;
    return line;
  }

  /** Waits for a line; false when there will be none. Rejects when the stream broke off. */
  async more(): Promise<boolean> {
    if (this.#at < this.#lines.length) return true;
    if (!this.#finished) await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    if (this.#at < this.#lines.length) return true;
    if (this.#failure) throw this.#failure;
    return !this.#finished;
  }

  drained(): Promise<void> {
    if (this.#finished || this.#unreadChars < UNREAD_CHARS_MAX) return Promise.resolve();
    return new Promise((resolve) => this.#wakeWriters.push(resolve));
  }

  finish(failure?: Error): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#failure = failure;
    this.#wake();
    this.#release();
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = undefined;
  }

  #release(): void {
    const writers = this.#wakeWriters;
    this.#wakeWriters = [];
    for (const wake of writers) wake();
  }
}
