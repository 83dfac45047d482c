import type { HttpRequest, HttpResponse } from "#base/http.ts";
import { pathSegments } from "#base/percent.ts";
import { MetricRegistry, type Reading } from "#base/metrics.ts";
import type { ContainerRef, LogRequest } from "#api/core/container_ref.ts";
import { json, text } from "./answers.ts";
import { containerNamed } from "./pod_containers.ts";
import type { PodManager } from "./pod_manager.ts";
import { readySandbox } from "./pod_runtime.ts";
import type { RuntimeView } from "./runtime_view.ts";
import { statsSummary } from "./stats_summary.ts";
import type { UsageMeter } from "./usage_meter.ts";

export interface KubeletPagesOptions {
  readonly nodeName: string;
  readonly view: RuntimeView;
  readonly pods: () => PodManager | undefined;
  readonly meter: UsageMeter;
  readonly logs: (target: ContainerRef, request: LogRequest, signal: AbortSignal) => Promise<HttpResponse>;
}

/** A request to a node's agent, as far as its pages look at it. */
export type PageRequest = Pick<HttpRequest, "method" | "path" | "query" | "signal">;

/** What an agent shows of its node in kubelet's paths (pkg/kubelet/server), which clients reach by `nodes/NAME/proxy`. */
export class KubeletPages {
  readonly #options: KubeletPagesOptions;
  readonly #own = new MetricRegistry();
  readonly #resources = new MetricRegistry();

  constructor(options: KubeletPagesOptions) {
    this.#options = options;
    this.#declareOwn();
    this.#declareResources();
  }

  async serve({ method, path, query, signal }: PageRequest): Promise<HttpResponse> {
    if (method !== "GET" && method !== "HEAD") return text(405, "405: Method Not Allowed");
    const { nodeName, meter } = this.#options;
    switch (path.replace(/(?<=.)\/$/, "")) {
      case "/healthz":
        return text(200, "ok");
      case "/pods":
        return json({ kind: "PodList", apiVersion: "v1", metadata: {}, items: this.#pods() });
      case "/stats/summary":
        return json(statsSummary(nodeName, meter.usage()));
      case "/metrics":
        return text(200, this.#own.text(), METRICS);
      case "/metrics/resource":
        return text(200, this.#resources.text(), METRICS);
      default:
        return path.startsWith("/containerLogs/") ? this.#log(path, query, signal) : text(404, "404 page not found");
    }
  }

  #pods(): readonly object[] {
    return Array.from(this.#options.pods()?.workers() ?? [], (worker) => {
      const { kind: _kind, apiVersion: _version, ...pod } = worker.pod;
      return { ...pod, status: worker.status() };
    });
  }

  /** `/containerLogs/NAMESPACE/POD/CONTAINER`, with the query of `pods/NAME/log`. */
  async #log(path: string, query: URLSearchParams, signal: AbortSignal): Promise<HttpResponse> {
    const segments = pathSegments(path);
    if (segments === undefined) return text(400, "400 Bad Request: invalid URL escape in the path");
    const [, , namespace = "", pod = "", container = ""] = segments;
    const known = this.#options.pods()?.worker(namespace, pod)?.pod;
    if (known === undefined) return text(404, `pod ${JSON.stringify(pod)} does not exist\n`);
    if (containerNamed(known, container) === undefined) {
      return text(404, `container ${JSON.stringify(container)} not found in pod ${JSON.stringify(pod)}\n`);
    }
    const { uid } = known.metadata;
    return this.#options.logs({ namespace, pod, uid, container }, logRequestOf(query), signal);
  }

  #declareOwn(): void {
    const { view } = this.#options;
    const runtimes = () => view.podUids.map((uid) => view.of(uid));
    this.#own.read("gauge", "kubelet_running_pods", "Number of pods that have a running pod sandbox", [], () => {
      return [[[], runtimes().filter((runtime) => readySandbox(runtime) !== undefined).length]];
    });
    const help = "Number of containers currently running";
    this.#own.read("gauge", "kubelet_running_containers", help, ["container_state"], () => {
      const states = Map.groupBy(
        runtimes().flatMap(({ containers }) => containers),
        ({ state }) => state.toLowerCase(),
      );
      return Array.from(states, ([state, containers]): Reading => [[state], containers.length]);
    });
  }

  /** As metrics-server reads them (pkg/kubelet/metrics/collectors/resource_metrics.go). */
  #declareResources(): void {
    const { meter } = this.#options;
    const containers = () => meter.measured?.containers ?? [];
    const labels = ["container", "namespace", "pod"];
    const each = (name: string, help: string, type: "counter" | "gauge", value: (at: Measured) => number) =>
      this.#resources.read(type, `container_${name}`, help, labels, () =>
        containers().map((at): Reading => [[at.name, at.pod.namespace, at.pod.name], value(at)]),
      );
    const cpu = "Cumulative cpu time consumed by the container in core-seconds";
    each("cpu_usage_seconds_total", cpu, "counter", (at) => Number(at.cpuNanoseconds) / 1e9);
    each("memory_working_set_bytes", "Current working set of the container in bytes", "gauge", (at) => at.memoryBytes);
    const started = "Start time of the container since unix epoch in seconds";
    each("start_time_seconds", started, "gauge", (at) => at.startedAtMs / 1000);
    const machine = (value: (at: { cpuNanoseconds: bigint; memoryBytes: number }) => number) => (): Reading[] => {
      const at = meter.measured?.machine;
      return at ? [[[], value(at)]] : [];
    };
    const nodeCpu = "Cumulative cpu time consumed by the node in core-seconds";
    const nodeSeconds = machine((at) => Number(at.cpuNanoseconds) / 1e9);
    this.#resources.read("counter", "node_cpu_usage_seconds_total", nodeCpu, [], nodeSeconds);
    const nodeMemory = "Current working set of the node in bytes";
    const nodeBytes = machine((at) => at.memoryBytes);
    this.#resources.read("gauge", "node_memory_working_set_bytes", nodeMemory, [], nodeBytes);
    const failed = "1 if there was an error while getting container metrics, 0 otherwise";
    this.#resources.read("gauge", "resource_scrape_error", failed, [], () => [[[], meter.measured ? 0 : 1]]);
  }
}

type Measured = NonNullable<UsageMeter["measured"]>["containers"][number];

const METRICS = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

function logRequestOf(query: URLSearchParams): LogRequest {
  const flag = (name: string) => ["1", "true", "t"].includes((query.get(name) ?? "").toLowerCase());
  const count = (name: string) => (/^\d+$/.test(query.get(name) ?? "") ? Number(query.get(name)) : undefined);
  return {
    follow: flag("follow"),
    previous: flag("previous"),
    timestamps: flag("timestamps"),
    sinceSeconds: count("sinceSeconds"),
    sinceTime: query.get("sinceTime") ?? undefined,
    tailLines: count("tailLines"),
    limitBytes: count("limitBytes"),
    stream: query.get("stream") ?? "All",
  };
}
