import type { MetricRegistry } from "#base/metrics.ts";
import type { HealthCheck } from "#apiserver/discovery/health.ts";
import type { ControllerMetrics } from "#client/controller.ts";

type Part = "bootstrap-controller" | "controller-manager" | "scheduler";

/** Which parts of a control plane work, for health checks, component statuses and metrics. */
export class ComponentHealth {
  readonly #running = new Set<Part>();
  #controllers: () => readonly ControllerMetrics[] = () => [];

  /** What a server is ready only with, as kube-apiserver names it. */
  readonly readiness: readonly HealthCheck[] = [
    { name: "poststarthook/bootstrap-controller", check: () => this.#problemOf("bootstrap-controller") },
  ];
  readonly components: readonly HealthCheck[] = (["scheduler", "controller-manager"] as const).map((name) => ({
    name,
    check: () => this.#problemOf(name),
  }));

  started(part: Part): void {
    this.#running.add(part);
  }

  stopped(): void {
    this.#running.clear();
    this.#controllers = () => [];
  }

  /** Has what controllers count of themselves shown under client-go's names. */
  showControllers(controllers: () => readonly ControllerMetrics[]): void {
    this.#controllers = controllers;
  }

  addTo(metrics: MetricRegistry): void {
    const read = (
      type: "counter" | "gauge",
      name: string,
      help: string,
      value: (controller: ControllerMetrics) => number,
    ) =>
      metrics.read(type, name, help, ["name"], () =>
        this.#controllers().map((controller) => [[controller.name], value(controller)] as const),
      );
    read("gauge", "workqueue_depth", "Keys waiting.", ({ depth }) => depth);
    read(
      "counter",
      "workqueue_retries_total",
      "Reconciles that failed and are tried again.",
      ({ failures }) => failures,
    );
    read("counter", "workqueue_work_duration_seconds_sum", "Time spent on keys.", ({ busyMs }) => busyMs / 1000);
    read("counter", "workqueue_work_duration_seconds_count", "Keys worked on.", ({ reconciles }) => reconciles);
    read(
      "counter",
      "knarr_controller_deferrals_total",
      "Keys put off until caches showed the last write.",
      (each) => each.deferrals,
    );
  }

  #problemOf(part: Part): string | undefined {
    return this.#running.has(part) ? undefined : "not finished";
  }
}
