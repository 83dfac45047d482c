import type { HttpResponse } from "#base/http.ts";
import { streamOf } from "#base/stream_body.ts";
import type { ContainerRef, LogRequest } from "#api/core/container_ref.ts";
import type { NodeUsage } from "#api/metrics/node_usage.ts";
import type { ExecSession, ExecStreams, ForwardedConnection, PortForwardSession } from "#base/streams.ts";
import { parseTime } from "#api/time.ts";
import type { Clock } from "#base/clock.ts";
import type { Files } from "#sys/files.ts";
import { KubeletPages, type PageRequest } from "./kubelet_pages.ts";
import { readLog, type LogSelection } from "./log_reader.ts";
import type { PodManager } from "./pod_manager.ts";
import { containerNamed, reportedStatus } from "./pod_containers.ts";
import { historyOf, readySandbox } from "./pod_runtime.ts";
import type { RuntimeView } from "./runtime_view.ts";
import type { ContainerStatus, Runtime } from "./runtime.ts";
import { forward } from "./forward.ts";
import type { UsageMeter } from "./usage_meter.ts";

export interface ConnectionsOptions {
  readonly nodeName: string;
  readonly runtime: Runtime;
  readonly view: RuntimeView;
  readonly files: Files;
  readonly clock: Clock;
  readonly pods: () => PodManager | undefined;
  readonly meter: UsageMeter;
}

/** The way to the containers of this node, as the API server calls it. */
export class NodeConnections {
  readonly #options: ConnectionsOptions;
  readonly #pages: KubeletPages;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#pages = new KubeletPages({ ...options, logs: (...asked) => this.logs(...asked) });
  }

  /** The container's log as a stream; 400 when it has none yet. */
  async logs(target: ContainerRef, request: LogRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { view, clock } = this.#options;
    const newest = historyOf(view.of(target.uid), target.container).filter((each) => each.state !== "CREATED");
    const ended = newest.filter((each, at) => at > 0 || each.state === "EXITED");
    // The one before the present one; where none is present, the newest that ended is what `logs` itself shows.
    const previous = newest[0]?.state === "EXITED" && newest.length > 1 ? newest[1] : ended[0];
    const shown = request.previous ? previous : newest[0];
    if (shown === undefined) return badRequest(this.#whyNone(target, request.previous));
    const selection: LogSelection = {
      timestamps: request.timestamps,
      sinceMs: sinceMs(request, clock.now()),
      tailLines: request.tailLines,
      limitBytes: request.limitBytes,
      stream: request.stream === "Stdout" ? "stdout" : request.stream === "Stderr" ? "stderr" : "all",
      ...(request.follow && { more: () => view.container(shown.id)?.state === "RUNNING" }),
    };
    const body = streamOf((abort) =>
      readLog(this.#options, shown.logPath, selection, AbortSignal.any([abort, signal])),
    );
    return { status: 200, headers: { "content-type": "text/plain" }, body };
  }

  async exec(
    target: ContainerRef,
    command: readonly string[],
    streams: ExecStreams,
    session: ExecSession,
  ): Promise<void> {
    const running = this.#running(target);
    if (running === undefined) return session.finish(notRunning(target));
    try {
      const exitCode = await this.#options.runtime.exec(running.id, command, session, { tty: streams.tty });
      await session.finish(exitCode === 0 ? SUCCESS : nonZero(command, exitCode));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await session.finish(internalError(`error executing command in container: ${reason}`));
    }
  }

  async attach(target: ContainerRef, _streams: ExecStreams, session: ExecSession): Promise<void> {
    const running = this.#running(target);
    if (running === undefined) return session.finish(notRunning(target));
    const pod = this.#options.pods()?.worker(target.namespace, target.pod)?.pod;
    const spec = pod && containerNamed(pod, target.container);
    try {
      // As it was created, not as it is asked for: the runtime would refuse.
      const as = { stdin: spec?.stdin ?? false, tty: spec?.tty ?? false };
      await this.#options.runtime.attach(running.id, session, as);
      await session.finish(SUCCESS);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await session.finish(internalError(`error attaching to container: ${reason}`));
    }
  }

  async portForward(target: Omit<ContainerRef, "container">, session: PortForwardSession): Promise<void> {
    const open: Promise<void>[] = [];
    const dial = async ({ port }: ForwardedConnection) => {
      const sandbox = readySandbox(this.#options.view.of(target.uid));
      try {
        if (sandbox === undefined) throw new Error(`pod "${target.pod}" is not running`);
        return await this.#options.runtime.portForward(sandbox.id, port);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`error forwarding port ${port} to pod ${target.uid}, uid : ${reason}`, { cause: error });
      }
    };
    for await (const connection of session.connections) open.push(forward(connection, dial));
    await Promise.all(open);
  }

  /** What the node and its pods use, as last measured. */
  async usage(): Promise<NodeUsage> {
    return this.#options.meter.usage();
  }

  /** What a client of `nodes/NAME/proxy` asks of the agent itself. */
  async serve(_target: { readonly nodeName: string }, request: PageRequest): Promise<HttpResponse> {
    return this.#pages.serve(request);
  }

  #running({ uid, container }: ContainerRef): ContainerStatus | undefined {
    return historyOf(this.#options.view.of(uid), container).find((each) => each.state === "RUNNING");
  }

  #whyNone({ namespace, pod, container }: ContainerRef, previous: boolean): string {
    if (previous) return `previous terminated container "${container}" in pod "${pod}" not found`;
    const worker = this.#options.pods()?.worker(namespace, pod);
    const status = worker && reportedStatus({ ...worker.pod, status: worker.status() }, container);
    const { reason = "ContainerCreating", message = "" } = status?.state.waiting ?? {};
    const trying = reason === "ErrImagePull" || reason === "ImagePullBackOff" || reason === "InvalidImageName";
    const doing = trying ? "trying and failing to pull image" : reason;
    return `container "${container}" in pod "${pod}" is waiting to start: ${doing}${message && !trying ? `: ${message}` : ""}`;
  }
}

function sinceMs({ sinceSeconds, sinceTime }: LogRequest, nowMs: number): number | undefined {
  if (sinceSeconds !== undefined) return nowMs - sinceSeconds * 1000;
  return sinceTime === undefined ? undefined : parseTime(sinceTime);
}

const SUCCESS = { metadata: {}, status: "Success" };

function nonZero(command: readonly string[], exitCode: number): Record<string, unknown> {
  const message = `command terminated with non-zero exit code: error executing command [${command.join(" ")}], exit code ${exitCode}`;
  const causes = [{ reason: "ExitCode", message: String(exitCode) }];
  return { metadata: {}, status: "Failure", message, reason: "NonZeroExitCode", details: { causes } };
}

function internalError(why: string): Record<string, unknown> {
  const message = `Internal error occurred: ${why}`;
  const details = { causes: [{ message: why }] };
  return { metadata: {}, status: "Failure", message, reason: "InternalError", details, code: 500 };
}

function notRunning({ container, pod }: ContainerRef): Record<string, unknown> {
  return internalError(`container not found ("${container}") in pod "${pod}"`);
}

function badRequest(message: string): HttpResponse {
  const status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason: "BadRequest",
    code: 400,
  };
  const body = new TextEncoder().encode(JSON.stringify(status));
  return { status: 400, headers: { "content-type": "application/json" }, body };
}
