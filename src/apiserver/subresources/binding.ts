import type { HttpResponse } from "#base/http.ts";
import { Status } from "#api/meta/status.ts";
import { formatTime } from "#api/time.ts";
import { Binding } from "#api/core/binding.ts";
import { Pod } from "#api/core/pod.ts";
import { notSupportedError, requiredError, type FieldError } from "#api/schema/errors.ts";
import { objectIn, readDocument } from "../body.ts";
import type { Call } from "../context.ts";
import { respondPlain } from "../respond.ts";
import { badRequest, conflict, invalid } from "../status_error.ts";
import { changeStored } from "../stored_object.ts";
import { writeOptions } from "../write_options.ts";
import { observedGenerationOf } from "./eviction.ts";

/** The subresource as conflicts name it. */
const PODS_BINDING = { group: "", plural: "pods/binding" };

/** POST to `pods/NAME/binding` or to `bindings`: assigns a pod to a node, once. */
export async function bind(call: Call): Promise<HttpResponse> {
  const { request, info, server, warnings } = call;
  const options = writeOptions(request, "CreateOptions");
  const binding = objectIn(Binding, readDocument(request, Binding), options.fieldValidation, warnings) as Binding;
  const name = info.name === "" ? (binding.metadata.name ?? "") : info.name;
  if ((binding.metadata.name ?? name) !== name) {
    throw badRequest(`name in URL does not match name in Binding object`);
  }
  const errors = bindingErrors(binding);
  if (errors.length > 0) throw invalid(Binding, name, errors);
  await changeStored(server.store, Pod, { namespace: info.namespace, name }, options.dryRun, (current) => {
    const { metadata, spec, status } = current as unknown as Pod;
    // Only these members change: what is below them may be shared with the version before.
    const pod = { ...current, metadata: { ...metadata }, spec: { ...spec }, status: { ...status } } as unknown as Pod;
    assign(pod, binding, formatTime(server.clock.now()));
    return { write: pod };
  });
  return respondPlain(
    request,
    201,
    { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
    Status,
  );
}

function bindingErrors({ target }: Binding): FieldError[] {
  const errors: FieldError[] = [];
  if ((target.kind ?? "") !== "" && target.kind !== "Node") {
    errors.push(notSupportedError("target.kind", target.kind, ["Node", "<empty>"]));
  }
  if ((target.name ?? "") === "") errors.push(requiredError("target.name"));
  return errors;
}

/** Puts `pod` on the node, or says why it cannot be (core/pod/storage assignPod). */
function assign(pod: Pod, binding: Binding, now: string): void {
  const { name, uid } = pod.metadata;
  const refuse = (why: string) => conflict(PODS_BINDING, name, why);
  const wanted = binding.metadata.uid ?? "";
  if (wanted !== "" && wanted !== uid) {
    throw refuse(`Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid}`);
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  }
  const assigned = pod.spec.nodeName ?? "";
  if (assigned !== "") throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(assigned)}`);
  if ((pod.spec.schedulingGates?.length ?? 0) > 0) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  pod.spec.nodeName = binding.target.name ?? "";
  const { annotations } = binding.metadata;
  if (annotations !== undefined) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
  // Where the pod was expected says nothing any more, and would only mislead who counts room.
  delete pod.status.nominatedNodeName;
  const others = pod.status.conditions?.filter(({ type }) => type !== "PodScheduled") ?? [];
  const condition = { type: "PodScheduled", status: "True", lastTransitionTime: now };
  pod.status.conditions = [...others, { ...condition, ...observedGenerationOf(pod) }];
}
