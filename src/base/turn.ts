/** Resolves in a later turn of the event loop: lets everything that is ready run before long work goes on. */
export function nextTurn(): Promise<void> {
  return new Promise<void>((resolve) => setImmediate(resolve));
}
