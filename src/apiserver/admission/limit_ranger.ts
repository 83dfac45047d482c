import type { Container } from "#api/core/container.ts";
import { LimitRange } from "#api/core/limitrange.ts";
import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { Pod } from "#api/core/pod.ts";
import type { AdmissionRequest, AdmissionStep } from "../admission.ts";
import { storedObjects } from "../stored_object.ts";
import { forbidden } from "../status_error.ts";
import { claimViolations, podViolations } from "./limit_constraints.ts";

/** Says what was filled in, for people. */
const ANNOTATION = "kubernetes.io/limit-ranger";

/** Gives new pods what the namespace's LimitRanges say for those that ask for nothing, and holds all to their bounds. */
export const limitRanger: AdmissionStep = {
  name: "LimitRanger",
  mutate(request) {
    if (request.kind !== Pod || request.operation !== "CREATE" || !isLimited(request)) return;
    for (const range of rangesOf(request)) setDefaults(request.object as Pod, range);
  },
  validate(request) {
    const { kind, name, object } = request;
    if (!isLimited(request)) return;
    for (const range of rangesOf(request)) {
      const found =
        kind === Pod ? podViolations(range, object as Pod) : claimViolations(range, object as PersistentVolumeClaim);
      const [first, ...others] = found;
      if (first === undefined) continue;
      throw forbidden(kind, name, others.length > 0 ? `[${[...new Set(found)].join(", ")}]` : first);
    }
  },
};

function isLimited({ operation, kind, subresource }: AdmissionRequest): boolean {
  if (operation === "DELETE") return false;
  // What a pod asks for changes by no other updates.
  if (kind === Pod) return subresource === (operation === "CREATE" ? "" : "resize");
  return kind === PersistentVolumeClaim && subresource === "";
}

function rangesOf({ server, namespace }: AdmissionRequest): readonly LimitRange[] {
  return storedObjects<LimitRange>(server.store, LimitRange, namespace);
}

function setDefaults(pod: Pod, { spec }: LimitRange): void {
  const ofContainers = spec.limits.filter(({ type }) => type === "Container");
  const requests = Object.assign({}, ...ofContainers.map((item) => item.defaultRequest)) as Record<string, string>;
  const limits = Object.assign({}, ...ofContainers.map((item) => item.default)) as Record<string, string>;
  const done = [
    ...pod.spec.containers.flatMap((container) => fill(container, "container", requests, limits)),
    ...(pod.spec.initContainers ?? []).flatMap((container) => fill(container, "init container", requests, limits)),
  ];
  if (done.length === 0) return;
  const annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${done.join("; ")}` };
  pod.metadata.annotations = annotations;
}

type Amounts = Readonly<Record<string, string>>;

/** Fills in what a container does not say; returns what that was, in words. */
function fill(container: Container, what: string, requests: Amounts, limits: Amounts): string[] {
  const { resources } = container;
  const missing = (amounts: Amounts, given: Amounts | undefined) =>
    Object.keys(amounts)
      .filter((name) => given?.[name] === undefined)
      .toSorted();
  const requested = missing(requests, resources.requests);
  const limited = missing(limits, resources.limits);
  if (requested.length > 0) resources.requests = { ...requests, ...resources.requests };
  if (limited.length > 0) resources.limits = { ...limits, ...resources.limits };
  return [
    ...(requested.length > 0 ? [`${requested.join(", ")} request for ${what} ${container.name}`] : []),
    ...(limited.length > 0 ? [`${limited.join(", ")} limit for ${what} ${container.name}`] : []),
  ];
}
