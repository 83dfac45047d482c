let waiting = 0;
let next: (() => void)[] = [];

/** Resolves in a later turn of the event loop: lets everything that is ready run before long work goes on. */
export function nextTurn(): Promise<void> {
  waiting++;
  return new Promise<void>((resolve) => {
    setImmediate(() => {
      waiting--;
      resolve();
    });
  });
}

/**
 * Runs something in the turn after the next, when what is to be sent at the end of this one, or is asked meanwhile, has
 * had its turn: for work that nobody waits for who was promised an answer. What is asked for together runs together.
 */
export function afterAnswers(run: () => void): void {
  if (next.push(run) > 1) return;
  waiting++;
  setImmediate(() => {
    setImmediate(() => {
      waiting--;
      const runs = next;
      next = [];
      for (const each of runs) each();
    });
  });
}

/** How many wait for a later turn: while there is one, this process still has something to do. */
export function turnsWaiting(): number {
  return waiting;
}
