let waiting = 0;

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

/** How many wait for a later turn: while there is one, this process still has something to do. */
export function turnsWaiting(): number {
  return waiting;
}
