import type { Kubectl } from "./kubectl.ts";
import { until } from "./until.ts";

/** One change as `kubectl get -w --output-watch-events` prints it. */
export interface Change<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
}

/** What a watch has shown so far: every change in order, and after each the whole picture. */
export class Watched<T extends { readonly metadata: { readonly name: string } }> {
  readonly changes: Change<T>[] = [];
  readonly #objects = new Map<string, T>();
  readonly #looks = new Set<(objects: readonly T[]) => void>();
  readonly #stop: () => void;

  /** Starts `kubectl get WHAT -w`; resolves when it shows `initial` objects or more. */
  static async start<T extends { readonly metadata: { readonly name: string } }>(
    kubectl: Kubectl,
    what: string,
    initial: number,
  ): Promise<Watched<T>> {
    const child = kubectl.start(`get ${what} -w --output-watch-events -o json`);
    const watched = new Watched<T>(() => child.kill("SIGKILL"));
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        watched.#see(JSON.parse(text.slice(0, end)) as Change<T>);
        text = text.slice(end + 1);
      }
    });
    await until(`the watch of ${what} shows what is there`, () => watched.objects.length >= initial);
    return watched;
  }

  private constructor(stop: () => void) {
    this.#stop = stop;
  }

  get objects(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** Calls `look` after every change from now on, and once now. */
  each(look: (objects: readonly T[]) => void): void {
    this.#looks.add(look);
    look(this.objects);
  }

  stop(): void {
    this.#stop();
  }

  #see(change: Change<T>): void {
    this.changes.push(change);
    const { name } = change.object.metadata;
    if (change.type === "DELETED") this.#objects.delete(name);
    else this.#objects.set(name, change.object);
    for (const look of this.#looks) look(this.objects);
  }
}
