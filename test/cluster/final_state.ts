import type { Cluster } from "knarr";
import { KINDS } from "#api/kinds.ts";
import { KindRegistry } from "#api/registry.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { objectOf, storagePrefix } from "#apiserver/object_codec.ts";

/** What says when, how often or by which name: chance decides it, or how long things took. */
const LEFT_TO_CHANCE = new Set(
  [
    "uid resourceVersion generation observedGeneration creationTimestamp managedFields lastTransitionTime lastUpdateTime",
    "lastHeartbeatTime lastProbeTime lastScheduleTime lastSuccessfulTime startTime completionTime startedAt finishedAt",
    "time timeAdded renewTime podIP podIPs hostIP hostIPs addresses containerID nodeName clusterIP clusterIPs lastScaleTime token",
    "lastPhaseTransitionTime",
  ].flatMap((line) => line.split(" ")),
);

/** Kinds that tell of what happened on the way, or of time passing. */
const PASSING = new Set(["Event", "Lease"]);

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** The volume with a pod's token: its name ends by chance. */
const TOKEN_VOLUME = /kube-api-access-[a-z0-9]{5}/g;

const registry = new KindRegistry(KINDS);

/**
 * Every object of the cluster as a line, without what is left to chance: two runs that came to the same are equal. A
 * line begins with an object's kind and name; generated names end in `*`.
 *
 * @param pathDependent Members that depend on the way, to be left out too.
 */
export function finalState({ store }: Cluster, pathDependent: ReadonlySet<string> = new Set()): string[] {
  const objects = kindsStored().flatMap((kind) =>
    store.range(storagePrefix(kind)).entries.map((entry) => objectOf(entry) as KubeObject),
  );
  const names = new Map(objects.map((object) => [object.metadata.name ?? "", nameOf(object)]));
  // Labels and selectors of Jobs hold uids. Before names: a short one may be part of a uid.
  const uids = objects.map(({ kind, metadata }) => [metadata.uid ?? "", `uid of ${kind} ${metadata.name}`] as const);
  // The longest name first: the pod db-4 must not eat into the slice db-4vwmh.
  const longestFirst = [...names].toSorted(([a], [b]) => b.length - a.length);
  const generated = [...uids, ...longestFirst.filter(([name, shown]) => name !== shown)];
  const isLeftOut = (key: string) => LEFT_TO_CHANCE.has(key) || pathDependent.has(key);
  const text = (value: unknown) => {
    let json = JSON.stringify(value, (key, member: unknown) => (isLeftOut(key) ? undefined : sorted(member)));
    for (const [name, shown] of generated) json = json.replaceAll(name, shown);
    return json.replaceAll(UID, "uid of what is gone").replaceAll(TOKEN_VOLUME, "kube-api-access-*");
  };
  const lines = objects.map(
    (object) =>
      `${object.kind} ${object.metadata.namespace ?? ""}/${text(nameOf(object)).slice(1, -1)} ${text(object)}`,
  );
  return [...lines.toSorted(), ...strays(objects), ...unobserved(objects)];
}

/**
 * Where two final states differ, for people.
 *
 * @returns What only `actual` has with `+`, what only `expected` has with `-`; nothing when they are equal.
 */
export function differences(actual: readonly string[], expected: readonly string[]): string[] {
  const left = [...expected];
  const added = actual.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...added.map((line) => `+ ${line}`), ...left.map((line) => `- ${line}`)];
}

/** Objects that name a managing owner who is not there: what nobody looks after. */
function strays(objects: readonly KubeObject[]): string[] {
  const uids = new Set(objects.map(({ metadata }) => metadata.uid));
  return objects
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => !uids.has(uid)))
    .map(({ kind, metadata }) => `stray: ${kind} ${metadata.name}`);
}

/** Objects whose status speaks of a former spec. */
function unobserved(objects: readonly KubeObject[]): string[] {
  return objects
    .filter((object) => {
      const { status } = object as { readonly status?: { readonly observedGeneration?: number } };
      const seen = status?.observedGeneration;
      return seen !== undefined && seen !== object.metadata.generation;
    })
    .map(({ kind, metadata }) => `not observed: ${kind} ${metadata.name}`);
}

function nameOf({ metadata }: KubeObject): string {
  return metadata.generateName ? `${metadata.generateName}*` : (metadata.name ?? "");
}

function kindsStored(): AnyKind[] {
  return [...registry.all()].filter(({ kind, conversion }) => !PASSING.has(kind) && conversion === undefined);
}

/** Members in one order, and lists of objects likewise where a member names their items. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.every((item) => typeof item === "object") ? value.toSorted(byKey) : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** By the member that names an item in the API's lists, where there is one. */
function byKey(a: unknown, b: unknown): number {
  const key = (item: unknown) => {
    const { type, name, kind } = (item ?? {}) as { type?: string; name?: string; kind?: string };
    return type ?? name ?? kind ?? "";
  };
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}
