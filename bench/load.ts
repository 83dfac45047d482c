import { fork } from "node:child_process";
import { join } from "node:path";
import type { Credentials } from "#cli/kubeconfig.ts";
import type { Written } from "./objects.ts";

/** What a load process does, and what it says when that is done. */
export type Job =
  /** Creates `count` objects named `prefix-i`, by so many clients at once. */
  | {
      readonly kind: "create";
      readonly resource: Written;
      /** Through the client of our own components instead of the load's own: it takes several times the processor. */
      readonly through?: "our client";
      readonly clients: number;
      readonly count: number;
      readonly prefix: string;
    }
  /** The same pods, their bytes as they are, written to an etcd. */
  | {
      readonly kind: "etcd";
      readonly socketPath: string;
      readonly clients: number;
      readonly count: number;
      readonly prefix: string;
    }
  /** Reads or patches the pods `prefix-0` to `prefix-(objects - 1)` in turn, `count` times in all. */
  | {
      readonly kind: "get" | "patch";
      readonly clients: number;
      readonly count: number;
      readonly prefix: string;
      readonly objects: number;
    }
  /** Lists all pods so many times, one list after the other. */
  | { readonly kind: "list"; readonly count: number }
  /** One small read after the other, until told to stop. */
  | { readonly kind: "ping" }
  /** Opens watches from now on and counts events, until `events` have come to each, or until told to stop. */
  | {
      readonly kind: "watch";
      readonly resource: Written;
      readonly watchers: number;
      readonly connections: number;
      readonly events: number;
    }
  /** A new connection per request to `host:port`, so many a second, until told to stop. */
  | { readonly kind: "connect"; readonly host: string; readonly port: number; readonly perSecond: number };

export interface Outcome {
  /** From the first request to the last answer. */
  readonly tookMs: number;
  /** How long each request took. */
  readonly latencies: readonly number[];
  /** Processor time the load itself took meanwhile. */
  readonly cpuMs: number;
  readonly failures: readonly string[];
}

export type ToWorker = { readonly start: Credentials } | { readonly job: Job } | { readonly stop: true };
export type FromWorker = "ready" | { readonly outcome: Outcome };

/** A process that loads the server. */
export interface Load {
  run(job: Job): Promise<Outcome>;
  /** Starts a job that goes on until stopped, or that waits for others' doings; resolves when it is under way. */
  begin(job: Job): Promise<{ readonly outcome: Promise<Outcome>; stop(): void }>;
  close(): void;
}

/** Starts a load process: a program in the server's process would share its event loop. */
export async function startLoad(credentials: Credentials): Promise<Load> {
  const child = fork(join(import.meta.dirname, "load_worker.ts"), { serialization: "advanced" });
  const send = (message: ToWorker) => void child.send(message);
  const next = () =>
    new Promise<FromWorker>((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`a load process ended with ${code}`));
      child.once("exit", onExit);
      child.once("message", (message: FromWorker) => {
        child.off("exit", onExit);
        resolve(message);
      });
    });
  const begin: Load["begin"] = async (job) => {
    const ready = next();
    send({ job });
    await ready;
    const outcome = next().then((message) => {
      if (message === "ready") throw new Error("a load process said that it was ready twice");
      return message.outcome;
    });
    outcome.catch(() => undefined); // Who no longer waits for it has a failure of his own.
    return { outcome, stop: () => send({ stop: true }) };
  };
  const started = next();
  send({ start: credentials });
  await started;
  return {
    begin,
    async run(job) {
      const running = await begin(job);
      const outcome = await running.outcome;
      if (outcome.failures.length > 0) throw new Error(`${outcome.failures.length} failed: ${outcome.failures[0]}`);
      return outcome;
    },
    close: () => void child.kill(),
  };
}
