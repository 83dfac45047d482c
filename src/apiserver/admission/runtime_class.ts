import { Pod } from "#api/core/pod.ts";
import { RuntimeClass } from "#api/node/runtimeclass.ts";
import { sameTotals } from "#api/quota/totals.ts";
import type { AdmissionRequest, AdmissionStep } from "../admission.ts";
import { objectOf, storageKey } from "../object_codec.ts";
import { forbidden, type StatusError } from "../status_error.ts";

const MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

/** A new pod pays what its way of running costs, and goes where there is such a one (plugin/pkg/admission/runtimeclass). */
export const runtimeClassAdmission: AdmissionStep = {
  name: "RuntimeClass",
  mutate(request) {
    if (!isNewPod(request)) return;
    const { spec } = request.object as Pod;
    const found = classOf(request, spec.runtimeClassName);
    if (found === undefined) return;
    const overhead = found.overhead?.podFixed;
    if (found.overhead) {
      if (spec.overhead && !sameTotals(spec.overhead, overhead ?? {})) throw refusal(request, MISMATCH);
      spec.overhead = { ...overhead };
    }
    schedule(request, spec, found.scheduling ?? {});
  },
  validate(request) {
    if (!isNewPod(request)) return;
    const { spec } = request.object as Pod;
    const overhead = classOf(request, spec.runtimeClassName)?.overhead;
    if (overhead && !sameTotals(spec.overhead ?? {}, overhead.podFixed ?? {})) throw refusal(request, MISMATCH);
    if (!overhead && spec.overhead) {
      throw refusal(request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
    }
  },
};

function isNewPod({ operation, kind, subresource }: AdmissionRequest): boolean {
  return operation === "CREATE" && kind === Pod && subresource === "";
}

function classOf(request: AdmissionRequest, name: string | undefined): RuntimeClass | undefined {
  if (name === undefined) return undefined;
  const entry = request.server.store.get(storageKey(RuntimeClass, "", name));
  if (entry === undefined) throw refusal(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
  return objectOf(entry) as RuntimeClass;
}

/** Narrows where the pod may go to where the class can be had. */
function schedule(
  request: AdmissionRequest,
  spec: Pod["spec"],
  scheduling: NonNullable<RuntimeClass["scheduling"]>,
): void {
  const { nodeSelector = {}, tolerations = [] } = scheduling;
  for (const [key, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[key];
    if (own === undefined || own === value) continue;
    const why = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
    throw refusal(request, why);
  }
  if (Object.keys(nodeSelector).length > 0) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  const known = new Set(spec.tolerations?.map((each) => JSON.stringify(each)));
  const more = tolerations.filter((each) => !known.has(JSON.stringify(each)));
  if (more.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...more];
}

function refusal({ kind, name }: AdmissionRequest, why: string): StatusError {
  return forbidden(kind, name, why);
}
