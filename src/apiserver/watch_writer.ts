import { joined } from "#base/bytes.ts";
import type { SharedEvent, StreamSink } from "#base/http.ts";
import { afterAnswers, nextTurn } from "#base/turn.ts";
import { LIMITS } from "./limits.ts";
import type { Behind, WatchBacklog } from "./watch_backlog.ts";

/**
 * Writes frames to one watcher in order. While the watcher is behind, or the initial objects are being written,
 * frames wait, shared with all others that wait for them; a watcher for whom more waits than the bound is given up.
 */
export class WatchWriter implements Behind {
  readonly #sink: StreamSink;
  readonly #backlog: WatchBacklog;
  readonly #onGivenUp: () => void;
  /** Frames that wait, oldest first, those before `#next` sent already. Every one that waits is held in the backlog. */
  #waiting: Uint8Array[] = [];
  #next = 0;
  #waitingBytes = 0;
  /** What makes the frames that wait for others to be answered, oldest first. */
  #news: (() => Uint8Array)[] = [];
  /** True while somebody else writes to the sink or waits for it. */
  #busy = false;
  #closed = false;

  /** @param onGivenUp Called once if the watcher does not keep up; nothing is written any more. */
  constructor(sink: StreamSink, backlog: WatchBacklog, onGivenUp: () => void) {
    this.#sink = sink;
    this.#backlog = backlog;
    this.#onGivenUp = onGivenUp;
  }

  write(frames: Uint8Array): void {
    this.#writeAllNews();
    this.#write(frames);
  }

  /**
   * As `write` of what `make` gives. A patient sink has it when those are answered whose writes it tells of: they wait
   * for the same thread.
   */
  writeNews(make: () => Uint8Array): void {
    if (this.#sink.patient !== true) {
      this.write(make());
      return;
    }
    this.#news.push(make);
    // One by one, not all of a watcher at once: others share the frames that were made last.
    afterAnswers(() => this.#writeNext());
  }

  #writeAllNews(): void {
    while (this.#news.length > 0) this.#writeNext();
  }

  #writeNext(): void {
    const make = this.#news.shift();
    if (make !== undefined && !this.#closed) this.#write(make());
  }

  #write(frames: Uint8Array): void {
    if (this.#closed || frames.length === 0) return;
    if (!this.#busy) {
      if (!this.#sink.write(frames)) void this.#catchUp();
      return;
    }
    this.#waiting.push(frames);
    this.#waitingBytes += frames.length;
    this.#backlog.hold(this, frames);
    if (this.#waitingBytes > LIMITS.watchBufferBytesMax) this.giveUp();
  }

  /** Whether events can be handed over as they are: to a reader in this process, for whom nothing waits. */
  get takesEvents(): boolean {
    return this.#sink.writeEvents !== undefined && !this.#busy && this.#news.length === 0;
  }

  /** As `write`, while it `takesEvents`. */
  writeEvents(events: readonly SharedEvent[]): void {
    if (this.#closed || events.length === 0) return;
    if (this.#sink.writeEvents?.(events) === false) void this.#catchUp();
  }

  /** As `write`, for frames that nobody else is sent together: put into one as long as they need not wait. */
  writeAll(frames: readonly Uint8Array[]): void {
    for (const each of this.#busy ? frames : pieces(frames)) this.write(each);
  }

  /** Writes `chunks` before anything that is written from now on, at the watcher's pace, holding nobody up. */
  async writeFirst(chunks: Iterable<Uint8Array>): Promise<void> {
    this.#busy = true;
    let writtenBytes = 0;
    for (const chunk of chunks) {
      if (this.#closed) return;
      const keepsUp = this.#sink.write(chunk);
      writtenBytes += chunk.length;
      if (!keepsUp) await this.#sink.drained();
      else if (writtenBytes >= LIMITS.watchBytesPerTurn) {
        await nextTurn();
        writtenBytes = 0;
      }
    }
    await this.#flush();
  }

  /** Ends the body; what waits is still handed over first. */
  end(): void {
    this.#writeAllNews();
    if (this.#closed) return;
    const waiting = this.#waiting.slice(this.#next);
    this.drop();
    for (const chunk of waiting) this.#sink.write(chunk);
    this.#sink.end();
  }

  /** Breaks off, as the watcher does not read: its client sees that there may have been more, and comes back. */
  giveUp(): void {
    if (this.#closed) return;
    this.drop();
    this.#sink.abort();
    this.#onGivenUp();
  }

  /** Nothing is written any more. */
  drop(): void {
    this.#closed = true;
    this.#backlog.release(this.#waiting.slice(this.#next));
    this.#backlog.caughtUp(this);
    this.#waiting = [];
    this.#news = [];
    this.#next = 0;
  }

  async #catchUp(): Promise<void> {
    this.#busy = true;
    await this.#sink.drained();
    await this.#flush();
  }

  async #flush(): Promise<void> {
    while (this.#next < this.#waiting.length) {
      if (!this.#sink.write(this.#nextPiece())) await this.#sink.drained();
    }
    this.#busy = false;
    if (this.#closed) return;
    this.#waiting = [];
    this.#next = 0;
    this.#backlog.caughtUp(this);
  }

  /** The next frames in one, as small ones cost more to write than to copy; a large one is not copied. */
  #nextPiece(): Uint8Array {
    const from = this.#next;
    let bytes = 0;
    while (this.#next < this.#waiting.length && (bytes === 0 || bytes < LIMITS.watchPieceBytes)) {
      bytes += this.#waiting[this.#next++]?.length ?? 0;
    }
    const frames = this.#waiting.slice(from, this.#next);
    this.#waitingBytes -= bytes;
    this.#backlog.release(frames);
    return joined(frames);
  }
}

/** Puts `frames` together into chunks of some LIMITS.watchPieceBytes. */
export function* pieces(frames: Iterable<Uint8Array>): Generator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  for (const frame of frames) {
    gathered.push(frame);
    bytes += frame.length;
    if (bytes < LIMITS.watchPieceBytes) continue;
    yield joined(gathered);
    [gathered, bytes] = [[], 0];
  }
  if (gathered.length > 0) yield joined(gathered);
}
