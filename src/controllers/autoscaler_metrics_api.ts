import type { LabelSelector } from "#api/meta/label_selector.ts";
import { durationMs } from "#api/duration.ts";
import { PodMetrics, type ContainerMetrics } from "#api/metrics/podmetrics.ts";
import { quantityToMilli } from "#api/quantity.ts";
import type { KindRegistry } from "#api/registry.ts";
import { labelSelectorMatcher } from "#api/selectors/labels.ts";
import { parseTime } from "#api/time.ts";
import { ApiError, type Client } from "#client/client.ts";
import { MetricError, type PodMetric } from "./autoscaler_pods.ts";

const CUSTOM = "custom.metrics.k8s.io";
const EXTERNAL = "external.metrics.k8s.io";
/** What custom metrics are taken to be measured over when they do not say. */
const WINDOW_SECONDS = 60;

/** One figure of custom.metrics.k8s.io or external.metrics.k8s.io. */
interface MetricValue {
  readonly describedObject?: { readonly name?: string };
  readonly timestamp?: string;
  readonly windowSeconds?: number;
  readonly value: string;
}

/** A metric by its name, and by its labels where it has several series. */
export interface Metric {
  readonly name: string;
  readonly selector?: LabelSelector | undefined;
}

/** Asks the metrics APIs. All values are in thousandths. Everything throws MetricError. */
export class MetricsApi {
  readonly #client: Client;
  readonly #registry: KindRegistry;

  constructor(client: Client, registry: KindRegistry) {
    this.#client = client;
    this.#registry = registry;
  }

  /** What each selected pod uses of a resource; with `container` what that container of it uses. */
  async resource(namespace: string, selector: string, resource: string, container: string) {
    const what = "resource metrics API";
    const { items } = await fetching(what, this.#client.list(PodMetrics, { namespace, labelSelector: selector }));
    if (items.length === 0) throw new MetricError(`no metrics returned from ${what}`);
    const found = new Map<string, PodMetric>();
    for (const { metadata, containers, timestamp, window } of items) {
      const place = `${metadata.namespace}/${metadata.name}`;
      const measured = container === "" ? containers : [named(containers, container, place)];
      const uses = measured.map(({ usage }) => usage[resource]);
      // A pod of which one container says nothing is not known.
      if (uses.some((use) => use === undefined)) continue;
      const value = uses.reduce((sum, use) => sum + quantityToMilli(use ?? "0"), 0);
      found.set(metadata.name, { timestampMs: parseTime(timestamp ?? ""), windowMs: durationMs(window), value });
    }
    return found;
  }

  /** A metric of each selected pod. */
  async pods(namespace: string, selector: string, metric: Metric): Promise<Map<string, PodMetric>> {
    const query = queryOf({ labelSelector: selector, metricLabelSelector: textOf(metric.selector) });
    const items = await this.#custom(`namespaces/${namespace}/pods/*/${metric.name}`, query);
    if (items.length === 0) throw new MetricError("no metrics returned from custom metrics API");
    return new Map(
      items.map(({ describedObject, timestamp = "", windowSeconds = WINDOW_SECONDS, value }) => [
        describedObject?.name ?? "",
        { timestampMs: parseTime(timestamp), windowMs: windowSeconds * 1000, value: quantityToMilli(value) },
      ]),
    );
  }

  /** A metric of one object. */
  async object(
    namespace: string,
    about: { readonly apiVersion?: string | undefined; readonly kind: string; readonly name: string },
    metric: Metric,
  ): Promise<number> {
    const group = about.apiVersion?.includes("/") ? (about.apiVersion.split("/")[0] ?? "") : "";
    const kind = [...this.#registry.all()].find((each) => each.kind === about.kind && each.group === group);
    const where = `unable to fetch metrics from custom metrics API`;
    if (kind === undefined) throw new MetricError(`${where}: ${noMatch(about.kind, group)}`);
    const resource = kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
    const path =
      kind.kind === "Namespace" && group === ""
        ? `namespaces/${about.name}/metrics/${metric.name}`
        : `${kind.scope === "Namespaced" ? `namespaces/${namespace}/` : ""}${resource}/${about.name}/${metric.name}`;
    const items = await this.#custom(path, queryOf({ metricLabelSelector: textOf(metric.selector) }));
    const [first] = items;
    if (items.length === 1 && first) return quantityToMilli(first.value);
    const answered = `the custom metrics API server returned ${items.length} results when we asked for exactly one`;
    throw new MetricError(`${where}: ${answered}`);
  }

  /** The values of a metric that is of nothing in the cluster. */
  async external(namespace: string, metric: Metric): Promise<number[]> {
    const what = "external metrics API";
    const version = await this.#versionOf(EXTERNAL);
    const missing = `the server could not find the requested resource (get ${metric.name}.${EXTERNAL})`;
    if (version === undefined) throw new MetricError(`unable to fetch metrics from ${what}: ${missing}`);
    const path = `/apis/${EXTERNAL}/${version}/namespaces/${namespace}/${metric.name}`;
    const query = queryOf({ labelSelector: textOf(metric.selector) });
    const items = itemsOf(await fetching(what, this.#client.getPath(path, query)));
    if (items.length === 0) throw new MetricError(`no metrics returned from ${what}`);
    return items.map(({ value }) => quantityToMilli(value));
  }

  async #custom(path: string, query: URLSearchParams): Promise<readonly MetricValue[]> {
    const what = "custom metrics API";
    const version = await this.#versionOf(CUSTOM);
    const missing = `no custom metrics API (${CUSTOM}) registered`;
    if (version === undefined) throw new MetricError(`unable to fetch metrics from ${what}: ${missing}`);
    return itemsOf(await fetching(what, this.#client.getPath(`/apis/${CUSTOM}/${version}/${path}`, query)));
  }

  /** The version a group is best asked in; undefined when nobody serves it. */
  async #versionOf(group: string): Promise<string | undefined> {
    try {
      const found = await this.#client.getPath(`/apis/${group}`);
      return (found as { readonly preferredVersion?: { readonly version?: string } }).preferredVersion?.version;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw new MetricError(error instanceof Error ? error.message : String(error));
    }
  }
}

/** How Kubernetes says that it knows no kind of this name. */
export function noMatch(kind: string, group: string): string {
  return `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`;
}

function itemsOf(answer: unknown): readonly MetricValue[] {
  return (answer as { readonly items?: readonly MetricValue[] }).items ?? [];
}

function named(containers: readonly ContainerMetrics[], name: string, pod: string): ContainerMetrics {
  const found = containers.find((each) => each.name === name);
  if (found) return found;
  const why = `container ${name} not present in metrics for pod ${pod}`;
  throw new MetricError(`failed to get container metrics: ${why}`);
}

async function fetching<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new MetricError(`unable to fetch metrics from ${what}: ${error instanceof Error ? error.message : error}`);
  }
}

function textOf(selector: LabelSelector | undefined): string {
  return String(labelSelectorMatcher(selector));
}

function queryOf(parameters: Readonly<Record<string, string>>): URLSearchParams {
  return new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== ""));
}
