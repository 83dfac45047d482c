/** Does things one after the other: at once when nothing is waiting, else in their turn. */
export class InOrder {
  readonly #failed: (error: unknown) => void;
  #last: Promise<void> | undefined;

  /** @param failed Told what a thing threw; those after it are still done. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  run(work: () => void | Promise<void>): void {
    const turn = this.#last === undefined ? this.#attempt(work) : this.#last.then(() => this.#attempt(work));
    if (turn === undefined) return;
    this.#last = turn;
    void turn.then(() => {
      if (this.#last === turn) this.#last = undefined;
    });
  }

  #attempt(work: () => void | Promise<void>): void | Promise<void> {
    try {
      const under = work();
      return under instanceof Promise ? under.catch(this.#failed) : undefined;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }
}
