import type { DaemonSet } from "#api/apps/daemonset.ts";
import type { Node } from "#api/core/node.ts";
import type { Pod } from "#api/core/pod.ts";
import { resolvePercent, type IntOrString } from "#api/int_or_string.ts";
import { parseTime } from "#api/time.ts";
import { eligibility, isUpdated, nodeNameOf } from "./daemonset_nodes.ts";
import { isAvailable, isReady, isTerminal } from "./pod_state.ts";

/** What a DaemonSet's decisions are made on. */
export interface DaemonView {
  readonly set: DaemonSet;
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  /** Hash of the present template's revision. */
  readonly hash: string;
  readonly nowMs: number;
}

/** Nodes to get a pod, by name, and pods to go. */
export interface DaemonPlan {
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
}

/** Pods whose work is over on a node that should have a running one. */
export interface FinishedPod {
  readonly pod: Pod;
  readonly nodeName: string;
}

/** What presence asks for, and what of it waits for the back-off. */
interface PresencePlan extends DaemonPlan {
  /** To be deleted, each with its event; the failed ones when their back-off allows. */
  readonly finished: readonly FinishedPod[];
}

/** Pods by the node they stand on or are meant for. A finished pod that is told to go no longer holds its node. */
export function podsByNode(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    const nodeName = nodeNameOf(pod);
    if (nodeName === undefined || (isTerminal(pod) && isLeaving(pod))) continue;
    byNode.set(nodeName, [...(byNode.get(nodeName) ?? []), pod]);
  }
  return byNode;
}

/** One pod where there should be one, none elsewhere; during a surge an old and a new one. Pure. */
export function planPresence(view: DaemonView): PresencePlan {
  const byNode = podsByNode(view.pods);
  const create: string[] = [];
  const remove: Pod[] = [];
  const finished: FinishedPod[] = [];
  for (const node of view.nodes) {
    const { name } = node.metadata;
    const here = byNode.get(name) ?? [];
    const { shouldRun, mayStay } = eligibility(view.set, node);
    const staying = here.filter((pod) => !isLeaving(pod));
    if (!mayStay) remove.push(...staying);
    else if (here.length === 0) create.push(...(shouldRun ? [name] : []));
    else {
      finished.push(...staying.filter(isTerminal).map((pod) => ({ pod, nodeName: name })));
      const running = staying.filter((pod) => !isTerminal(pod)).toSorted(keptFirst);
      // A surge wants a pod that is not on its way out, even while the old one still ends.
      if (running.length === 0 && shouldRun && isSurging(view.set)) create.push(name);
      remove.push(...(isSurging(view.set) ? surplusInSurge(running, view) : running.slice(1)));
    }
  }
  return { create, remove: [...remove, ...withoutNode(view)], finished };
}

/** Pods waiting for a node that is gone are never placed, and nobody else would remove them. */
function withoutNode({ nodes, pods }: DaemonView): readonly Pod[] {
  const known = new Set(nodes.map((node) => node.metadata.name));
  return pods.filter((pod) => {
    if (pod.spec.nodeName || isLeaving(pod)) return false;
    const nodeName = nodeNameOf(pod);
    return nodeName !== undefined && !known.has(nodeName);
  });
}

/** Of several on one node all but the oldest of each template; the old one too once the new one takes its place. */
function surplusInSurge(running: readonly Pod[], { set, hash, nowMs }: DaemonView): readonly Pod[] {
  if (running.length <= 1) return [];
  const fresh = running.find((pod) => isUpdated(pod, set, hash));
  const old = running.find((pod) => !isUpdated(pod, set, hash));
  const surplus = running.filter((pod) => pod !== fresh && pod !== old);
  const isReplaced = fresh && old && (!isReady(old) || isAvailable(fresh, set.spec.minReadySeconds ?? 0, nowMs));
  return isReplaced ? [...surplus, old] : surplus;
}

/** The next step from old pods to the present template, once every node has what it should have. Pure. */
export function planRolling(view: DaemonView): DaemonPlan {
  const { set, nodes } = view;
  const standing = new Map(nodes.map((node) => [node.metadata.name, eligibility(set, node).shouldRun]));
  const desired = [...standing.values()].filter(Boolean).length;
  const surge = surgeMax(set, desired);
  const places = [...podsByNode(view.pods)].map(([nodeName, pods]) => placeOf(nodeName, pods, view));
  if (surge === 0) return planInPlace(places, unavailableMax(set, desired));
  return planSurge(places, surge, (nodeName) => standing.get(nodeName) ?? false);
}

/** A node as a rollout sees it: its pods that are not on their way out, if there is at most one of each template. */
interface Place {
  readonly nodeName: string;
  readonly isMuddled: boolean;
  readonly fresh: Pod | undefined;
  readonly old: Pod | undefined;
  readonly isAvailable: (pod: Pod) => boolean;
}

function placeOf(nodeName: string, pods: readonly Pod[], { set, hash, nowMs }: DaemonView): Place {
  const staying = pods.filter((pod) => !isLeaving(pod));
  const fresh = staying.filter((pod) => isUpdated(pod, set, hash));
  const old = staying.filter((pod) => !isUpdated(pod, set, hash));
  return {
    nodeName,
    isMuddled: fresh.length > 1 || old.length > 1,
    fresh: fresh[0],
    old: old[0],
    isAvailable: (pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs),
  };
}

/** Deletes old pods, the unavailable ones at once, as long as not too many nodes are without. */
function planInPlace(places: readonly Place[], max: number): DaemonPlan {
  let unavailable = 0;
  const replaceable: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { isMuddled, fresh, old, isAvailable: isUp } of places) {
    if (isMuddled || (fresh === undefined) === (old === undefined)) unavailable++;
    else if (fresh) unavailable += isUp(fresh) ? 0 : 1;
    else if (old) (isUp(old) ? candidates : replaceable).push(old);
  }
  return { create: [], remove: [...replaceable, ...candidates.slice(0, Math.max(0, max - unavailable))] };
}

/** Puts new pods beside old ones, `max` at a time, and takes the old away where the new is available. */
function planSurge(places: readonly Place[], max: number, shouldRun: (nodeName: string) => boolean): DaemonPlan {
  let surging = 0;
  const allowed: string[] = [];
  const candidates: string[] = [];
  const remove: Pod[] = [];
  for (const { nodeName, isMuddled, fresh, old, isAvailable: isUp } of places) {
    if (isMuddled) surging++;
    else if (!old) continue;
    else if (fresh) {
      if (isUp(fresh)) remove.push(old);
      else surging++;
    } else if (!shouldRun(nodeName)) continue;
    else (isUp(old) ? candidates : allowed).push(nodeName);
  }
  return { create: [...allowed, ...candidates.slice(0, Math.max(0, max - surging))], remove };
}

/** Pods that may be put beside old ones at a time. */
function surgeMax({ spec }: DaemonSet, desired: number): number {
  return rollingCount(spec.updateStrategy.rollingUpdate?.maxSurge ?? 0, desired);
}

/** Nodes that may be without an available pod; at least one when there is no surge either. */
function unavailableMax(set: DaemonSet, desired: number): number {
  const given = set.spec.updateStrategy.rollingUpdate?.maxUnavailable ?? 1;
  const max = rollingCount(given, desired);
  return max === 0 && surgeMax(set, desired) === 0 ? 1 : max;
}

function rollingCount(value: IntOrString, desired: number): number {
  return resolvePercent(value, desired, true);
}

function isSurging(set: DaemonSet): boolean {
  const { type, rollingUpdate } = set.spec.updateStrategy;
  return type === "RollingUpdate" && resolvePercent(rollingUpdate?.maxSurge ?? 0, 100, true) > 0;
}

function isLeaving(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Placed before waiting, old before young. */
export function keptFirst(a: Pod, b: Pod): number {
  const placed = (pod: Pod) => (pod.spec.nodeName ? 0 : 1);
  const createdMs = (pod: Pod) => parseTime(pod.metadata.creationTimestamp);
  return placed(a) - placed(b) || createdMs(a) - createdMs(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
}
