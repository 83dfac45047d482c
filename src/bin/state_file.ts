import type { ClusterPaths } from "#cli/paths.ts";
import type { ClusterState } from "#cli/state.ts";
import type { Files } from "#sys/files.ts";

/** Tells whoever waits for the cluster how far it is, one whole file after the other. */
export class StateFile {
  readonly #files: Files;
  readonly #path: string;
  #state: ClusterState;
  /** Writes follow one another, so that the newest state is the last one written. */
  #tail: Promise<void> = Promise.resolve();

  constructor(files: Files, paths: ClusterPaths, first: ClusterState) {
    this.#files = files;
    this.#path = paths.state;
    this.#state = first;
  }

  write(change: Partial<ClusterState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    const text = `${JSON.stringify(this.#state)}\n`;
    this.#tail = this.#tail.then(() => this.#files.writeFile(this.#path, text));
    return this.#tail;
  }
}
