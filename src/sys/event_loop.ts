/** Runs a function after everything that is ready in this turn of the event loop. */
export function afterThisTurn(run: () => void): void {
  setImmediate(run);
}
