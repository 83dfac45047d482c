import type { StatefulSet } from "#api/apps/statefulset.ts";
import type { Pod } from "#api/core/pod.ts";
import { resolvePercent } from "#api/int_or_string.ts";
import { isAvailable, isReady, isTerminal } from "./pod_state.ts";
import { firstOrdinal, hasIdentity, ordinalOf, podRevision } from "./statefulset_identity.ts";

/** What a StatefulSet's decisions are made on. */
export interface StatefulView {
  readonly set: StatefulSet;
  /** Pods of the set by name and by owner, in any order. */
  readonly pods: readonly Pod[];
  /** Names of the revision pods come from and of the one they go to. */
  readonly currentRevision: string;
  readonly updateRevision: string;
  readonly nowMs: number;
  lacksClaims(ordinal: number): boolean;
  hasStaleClaim(ordinal: number): boolean;
  areClaimsOwned(ordinal: number, pod: Pod): boolean;
}

/** One thing to do. */
export type Step =
  | { readonly type: "create"; readonly ordinal: number; readonly revision: string }
  | { readonly type: "delete"; readonly ordinal: number; readonly pod: Pod }
  /** Create claims that went missing while the pod waits for them. */
  | { readonly type: "claim"; readonly ordinal: number; readonly pod: Pod }
  /** Give a pod taken over its labels and volumes. */
  | { readonly type: "identify"; readonly ordinal: number; readonly pod: Pod }
  /** Give the claims the owners the retention policy wants. */
  | { readonly type: "own"; readonly ordinal: number; readonly pod: Pod };

/** Steps in stages: a stage that fails keeps the next from being begun. */
export type StatefulPlan = readonly (readonly Step[])[];

/** A number the set wants, and the pod that bears it. */
interface Slot {
  readonly ordinal: number;
  readonly pod: Pod | undefined;
}

/**
 * What to do next (stateful_set_control.go). In order, a set takes one step at a time: it goes up from the lowest
 * number and waits for each pod to be available, then down from the highest, then updates from the highest. A set
 * that may do things in parallel takes all steps at once but updates. An unready pod therefore blocks an ordered set
 * even where the next template would cure it; deleting that pod lets it go on, as in Kubernetes.
 */
export function planStateful(view: StatefulView): StatefulPlan {
  const { set } = view;
  if (set.metadata.deletionTimestamp !== undefined) return [];
  const isOrdered = set.spec.podManagementPolicy !== "Parallel";
  const slots = slotsOf(view);
  const growth: Step[] = [];
  for (const slot of slots) {
    const { steps, blocks } = planSlot(slot, view, isOrdered);
    growth.push(...steps);
    if (isOrdered && blocks) return [growth];
  }
  const condemned = condemnedOf(view);
  const owning = condemned
    .filter(({ ordinal, pod }) => !view.areClaimsOwned(ordinal, pod))
    .map(({ ordinal, pod }): Step => ({ type: "own", ordinal, pod }));
  const shrinking = planShrinking(condemned, view, isOrdered);
  const isShrinking = isOrdered && condemned.length > 0;
  return [growth, owning, shrinking, isShrinking ? [] : planUpdate(slots, view)];
}

/** The wanted numbers, lowest first. */
function slotsOf({ set, pods }: StatefulView): readonly Slot[] {
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod.metadata.name), pod]));
  const first = firstOrdinal(set);
  return Array.from({ length: set.spec.replicas }, (_, index) => {
    const ordinal = first + index;
    return { ordinal, pod: byOrdinal.get(ordinal) };
  });
}

/** Whether the number is one the set no longer wants. */
export function isCondemned(set: StatefulSet, ordinal: number): boolean {
  return ordinal < firstOrdinal(set) || ordinal >= firstOrdinal(set) + set.spec.replicas;
}

/** Pods whose numbers are not wanted, highest first. */
function condemnedOf({ set, pods }: StatefulView): readonly { readonly ordinal: number; readonly pod: Pod }[] {
  return pods
    .map((pod) => ({ ordinal: ordinalOf(set, pod.metadata.name) ?? -1, pod }))
    .filter(({ ordinal }) => ordinal >= 0 && isCondemned(set, ordinal))
    .toSorted((a, b) => b.ordinal - a.ordinal);
}

function planSlot(slot: Slot, view: StatefulView, isOrdered: boolean): { steps: readonly Step[]; blocks: boolean } {
  const { ordinal, pod } = slot;
  if (!pod) {
    const isStale = view.hasStaleClaim(ordinal);
    return { steps: isStale ? [] : [{ type: "create", ordinal, revision: revisionFor(view, ordinal) }], blocks: true };
  }
  if (isTerminal(pod)) return { steps: isLeaving(pod) ? [] : [{ type: "delete", ordinal, pod }], blocks: true };
  const steps: Step[] = [];
  if ((pod.status.phase ?? "Pending") === "Pending" && view.lacksClaims(ordinal)) {
    steps.push({ type: "claim", ordinal, pod });
  }
  if (isOrdered && !isServing(pod, view)) return { steps, blocks: true };
  if (!isLeaving(pod) && !hasIdentity(view.set, pod, ordinal)) steps.push({ type: "identify", ordinal, pod });
  if (!view.areClaimsOwned(ordinal, pod)) steps.push({ type: "own", ordinal, pod });
  return { steps, blocks: false };
}

/** New pods below the partition, or not yet reached by an update, come from the current revision. */
function revisionFor({ set, currentRevision, updateRevision }: StatefulView, ordinal: number): string {
  const { type, rollingUpdate } = set.spec.updateStrategy;
  if (type !== "RollingUpdate") return updateRevision;
  const kept = rollingUpdate ? (rollingUpdate.partition ?? 0) : (set.status.currentReplicas ?? 0);
  return ordinal < firstOrdinal(set) + kept ? currentRevision : updateRevision;
}

function planShrinking(
  condemned: readonly { readonly ordinal: number; readonly pod: Pod }[],
  view: StatefulView,
  isOrdered: boolean,
): readonly Step[] {
  if (!isOrdered) {
    const staying = condemned.filter(({ pod }) => !isLeaving(pod));
    return staying.map(({ ordinal, pod }) => ({ type: "delete", ordinal, pod }));
  }
  const [highest] = condemned;
  if (!highest || isLeaving(highest.pod)) return [];
  // The lowest unavailable pod may go itself; another one has to wait until that is well again or gone.
  const sick = condemned.findLast(({ pod }) => !isServing(pod, view));
  if (sick && sick !== highest && !isServing(highest.pod, view)) return [];
  return [{ type: "delete", ordinal: highest.ordinal, pod: highest.pod }];
}

/**
 * From the highest number down to the partition, so that at most `maxUnavailable` of all the set's pods are away. With one
 * at a time that is Kubernetes' default; more are its feature MaxUnavailableStatefulSet (off by default in 1.36), with the
 * remedy of 1.37 for the deadlock it had: in parallel, old pods that serve nobody are replaced whatever the bound.
 */
function planUpdate(slots: readonly Slot[], view: StatefulView): readonly Step[] {
  const { type, rollingUpdate } = view.set.spec.updateStrategy;
  if (type !== "RollingUpdate") return [];
  const max = Math.max(1, resolvePercent(rollingUpdate?.maxUnavailable ?? 1, slots.length, false));
  const falling = slots.slice(rollingUpdate?.partition ?? 0).toReversed();
  return max === 1 ? planUpdateOfOne(falling, view) : planUpdateOfMany(max, slots, falling, view);
}

/** The highest old pod, if all above it serve. What is below the partition does not matter. */
function planUpdateOfOne(falling: readonly Slot[], view: StatefulView): readonly Step[] {
  const next = falling.find((slot) => isOld(slot, view) || !serves(slot, view));
  return next ? removal(next, view) : [];
}

/** Old pods that do not serve, then those that do while the bound allows; the whole set counts towards it. */
function planUpdateOfMany(
  max: number,
  slots: readonly Slot[],
  falling: readonly Slot[],
  view: StatefulView,
): readonly Step[] {
  const left = Math.max(0, max - slots.filter((slot) => !serves(slot, view)).length);
  const old = falling.filter((slot) => isOld(slot, view));
  const serving = old.filter((slot) => serves(slot, view)).slice(0, left);
  const idle = old.filter((slot) => !serves(slot, view));
  return [...idle, ...serving].flatMap((slot) => removal(slot, view));
}

function removal(slot: Slot, view: StatefulView): readonly Step[] {
  const { ordinal, pod } = slot;
  return pod && isOld(slot, view) && !isLeaving(pod) ? [{ type: "delete", ordinal, pod }] : [];
}

function isOld({ pod }: Slot, { updateRevision }: StatefulView): boolean {
  return pod !== undefined && podRevision(pod) !== updateRevision;
}

function serves({ pod }: Slot, view: StatefulView): boolean {
  return pod !== undefined && isServing(pod, view);
}

/** Whether the pod runs, has been ready for long enough, and is to stay. */
function isServing(pod: Pod, { set, nowMs }: StatefulView): boolean {
  return !isLeaving(pod) && isRunningAndReady(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs);
}

export function isRunningAndReady(pod: Pod): boolean {
  return pod.status.phase === "Running" && isReady(pod);
}

export function isLeaving(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}
