/**
 * Items between one producer that is called and one consumer that iterates. The producer learns through
 * `onConsumed` which have left, so that it can hold the other side back.
 */
export class Queue<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  readonly #onConsumed: (item: T) => void;
  /** How the queue ends once it is empty: `undefined` while it is open. */
  #end: { readonly error?: Error } | undefined;
  #waiting: (() => void) | undefined;

  constructor(onConsumed: (item: T) => void = () => {}) {
    this.#onConsumed = onConsumed;
  }

  push(item: T): void {
    if (this.#end !== undefined) {
      this.#onConsumed(item); // Forgotten counts as consumed.
      return;
    }
    this.#items.push(item);
    this.#wake();
  }

  end(): void {
    this.#end ??= {};
    this.#wake();
  }

  /** Ends with an error, after what is already there. */
  fail(error: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** Forgets what is here and what will come. */
  discard(): void {
    this.end();
    for (const item of this.#items.splice(0)) this.#onConsumed(item);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => this.#next(),
      return: () => {
        this.discard();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      if (this.#items.length > 0) {
        const item = this.#items.shift() as T;
        this.#onConsumed(item);
        return { done: false, value: item };
      }
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}
