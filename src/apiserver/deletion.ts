import { cloneJson } from "#api/json.ts";
import { CLEANUP_FINALIZER, CustomResourceDefinition } from "#api/apiextensions/customresourcedefinition.ts";
import { withCondition } from "#api/apiextensions/definition_conditions.ts";
import { markDeleted } from "#api/lifecycle.ts";
import type { DeleteOptions } from "#api/meta/options.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import type { Pod } from "#api/core/pod.ts";
import { isFinished } from "./finished.ts";
import type { Outcome } from "./stored_object.ts";
import { conflict } from "./status_error.ts";

/** Held by the garbage collector until the dependents are orphaned, or gone. */
const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

/**
 * What a deletion makes of an object: it is removed, or marked and left to those that hold it (grace period,
 * finalizers). Upstream: apiserver registry/rest/delete.go and registry/generic/registry/store.go.
 */
export function planDeletion(kind: AnyKind, current: KubeObject, options: DeleteOptions, nowMs: number): Outcome {
  checkPreconditions(kind, current, options);
  const next = cloneJson(current);
  const finalizers = finalizersAfter(current.metadata.finalizers ?? [], options);
  if (kind === CustomResourceDefinition) holdDefinition(next as unknown as CustomResourceDefinition, finalizers, nowMs);
  if (finalizers.length > 0) next.metadata.finalizers = finalizers;
  else delete next.metadata.finalizers;
  if (isKind(kind, "Namespace")) markNamespace(next, nowMs);
  else if (isKind(kind, "Pod")) markPod(next as Pod & KubeObject, options, nowMs);
  else if (next.metadata.deletionTimestamp === undefined) markDeleted(next, { nowMs, gracePeriodSeconds: 0 });
  return isFinished(kind, next) ? { remove: next } : { write: next };
}

function isKind(kind: AnyKind, name: string): boolean {
  return kind.group === "" && kind.kind === name;
}

function checkPreconditions(kind: AnyKind, current: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { metadata } = current;
  // The refusal names the kind where others name the resource.
  const refuse = (why: string) => conflict({ group: kind.group, plural: kind.kind }, metadata.name ?? "", why);
  if (uid !== undefined && uid !== metadata.uid) {
    const record = `does not match the UID in record (${metadata.uid ?? ""})`;
    throw refuse(
      `the UID in the precondition (${uid}) ${record}. The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const record = `does not match the ResourceVersion in record (${metadata.resourceVersion ?? ""})`;
    throw refuse(
      `the ResourceVersion in the precondition (${resourceVersion}) ${record}. The object might have been modified`,
    );
  }
}

/** The finalizers of the garbage collector follow the policy; without one, those already there stay. */
function finalizersAfter(existing: readonly string[], options: DeleteOptions): string[] {
  const { orphanDependents, propagationPolicy: policy } = options;
  const isStated = orphanDependents !== undefined || (policy ?? "") !== "";
  const orphan = isStated ? (orphanDependents ?? policy === "Orphan") : existing.includes(ORPHAN);
  const foreground = isStated
    ? orphanDependents === undefined && policy === "Foreground"
    : existing.includes(FOREGROUND);
  const kept = existing.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  return [...kept, ...(orphan ? [ORPHAN] : []), ...(foreground ? [FOREGROUND] : [])];
}

/** A definition stays until its objects are gone (registry/customresourcedefinition/etcd.go). */
function holdDefinition(next: CustomResourceDefinition, finalizers: string[], nowMs: number): void {
  if (next.metadata.deletionTimestamp !== undefined) return;
  if (!finalizers.includes(CLEANUP_FINALIZER)) finalizers.push(CLEANUP_FINALIZER);
  const message = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
  const condition = { type: "Terminating", status: "True", reason: "InstanceDeletionPending", message } as const;
  next.status.conditions = withCondition(next.status.conditions, condition, nowMs);
}

/** A namespace goes when the namespace controller has emptied it and taken its name off `spec.finalizers`. */
function markNamespace(next: KubeObject, nowMs: number): void {
  const namespace = next as KubeObject & { status?: { phase?: string } };
  if (next.metadata.deletionTimestamp === undefined) {
    markDeleted(next, { nowMs, gracePeriodSeconds: 0 });
    delete next.metadata.deletionGracePeriodSeconds;
  }
  namespace.status = { ...namespace.status, phase: "Terminating" };
}

/** A pod has a grace period; a later deletion may only shorten it. */
function markPod(next: Pod & KubeObject, options: DeleteOptions, nowMs: number): void {
  const { metadata } = next;
  const { deletionTimestamp, deletionGracePeriodSeconds: before = 0 } = metadata;
  if (deletionTimestamp === undefined) {
    markDeleted(next, { nowMs, gracePeriodSeconds: podGraceSeconds(next, options) });
    return;
  }
  const asked = options.gracePeriodSeconds;
  if (asked === undefined || before === 0) return;
  const seconds = podGraceSeconds(next, options);
  if (seconds >= before) return;
  const begun = Date.parse(deletionTimestamp) - before * 1000;
  const { generation } = metadata;
  markDeleted(next, { nowMs: begun, gracePeriodSeconds: seconds });
  if (generation !== undefined) metadata.generation = generation;
}

/** Seconds a pod is given; none when no node has it or its containers have ended (core/pod strategy.go). */
function podGraceSeconds(pod: Pod & KubeObject, options: DeleteOptions): number {
  const { phase } = pod.status;
  if ((pod.spec.nodeName ?? "") === "" || phase === "Failed" || phase === "Succeeded") return 0;
  const seconds = options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds;
  return seconds < 0 ? 1 : seconds;
}
