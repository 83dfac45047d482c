import { addQuantities, compareQuantities, formatQuantity } from "../quantity.ts";
import type { PodSpecDraft } from "./pod_defaults.ts";

type Resources = Readonly<Record<string, string>>;
type ContainerDraft = PodSpecDraft["containers"][number];

/** Defaults only real pods get: requests follow limits, host ports follow container ports, service links are on. */
export function setPodOnlyDefaults(spec: PodSpecDraft): void {
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    requestLimits(container);
    if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
  spec.enableServiceLinks ??= true;
  setPodLevelRequests(spec);
}

/** What is limited and not requested is requested to the limit. */
function requestLimits(container: ContainerDraft): void {
  const limits = container.resources?.limits;
  if (!container.resources || !limits || Object.keys(limits).length === 0) return;
  container.resources.requests = { ...limits, ...container.resources.requests };
}

/** Requests of the pod as a whole: what its containers request together, else its limit. */
function setPodLevelRequests(spec: PodSpecDraft): void {
  const limits = spec.resources?.limits;
  if (!spec.resources || !limits || Object.keys(limits).length === 0) return;
  const supported = (name: string): boolean => name === "cpu" || name === "memory" || name.startsWith("hugepages-");
  const together = Object.entries(containerTotals(spec, "requests")).filter(
    ([name]) => name === "cpu" || name === "memory",
  );
  const limited = Object.entries(limits).filter(([name]) => supported(name));
  const requests = { ...Object.fromEntries([...limited, ...together]), ...spec.resources.requests };
  if (Object.keys(requests).length > 0) spec.resources.requests = requests;
}

interface Asking {
  readonly resources?:
    | { readonly requests?: Resources | undefined; readonly limits?: Resources | undefined }
    | undefined;
  readonly restartPolicy?: string | undefined;
}
interface AskingPod {
  readonly containers: readonly Asking[];
  readonly initContainers?: readonly Asking[] | undefined;
  readonly resources?: Asking["resources"];
  readonly overhead?: Resources | undefined;
}

/**
 * What the containers of a pod request together, or are limited to: its containers and sidecars at once, or the largest
 * need while one init container runs beside the sidecars started before it.
 */
function containerTotals(spec: AskingPod, side: "requests" | "limits"): Resources {
  let total: Resources = {};
  for (const container of spec.containers) total = sum(total, container.resources?.[side]);
  let sidecars: Resources = {};
  let starting: Resources = {};
  for (const container of spec.initContainers ?? []) {
    const asked = container.resources?.[side];
    if (container.restartPolicy === "Always") {
      sidecars = sum(sidecars, asked);
      starting = largest(starting, sidecars);
    } else starting = largest(starting, sum(sidecars, asked));
  }
  return largest(sum(total, sidecars), starting);
}

/**
 * What a pod as a whole requests or is limited to: its own word where it has one, else its containers', and what running
 * it costs (k8s.io/component-helpers/resource). No limit is made of the cost alone.
 */
export function podResourceTotals(spec: AskingPod, side: "requests" | "limits"): Readonly<Record<string, string>> {
  const own = spec.resources?.[side] ?? {};
  const totals = { ...containerTotals(spec, side), ...own };
  const overhead = Object.entries(spec.overhead ?? {});
  const counted = side === "requests" ? overhead : overhead.filter(([name]) => totals[name] !== undefined);
  return sum(totals, Object.fromEntries(counted));
}

function sum(a: Resources, b: Resources | undefined): Resources {
  const out: Record<string, string> = { ...a };
  for (const [name, quantity] of Object.entries(b ?? {})) {
    out[name] = formatQuantity(addQuantities(out[name] ?? "0", quantity));
  }
  return out;
}

function largest(a: Resources, b: Resources): Resources {
  const out: Record<string, string> = { ...a };
  for (const [name, quantity] of Object.entries(b)) {
    const known = out[name];
    if (known === undefined || compareQuantities(known, quantity) < 0) out[name] = quantity;
  }
  return out;
}
