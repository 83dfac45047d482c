import { ControllerRevision } from "#api/apps/controllerrevision.ts";
import type { PodTemplateSpec } from "#api/core/pod_spec.ts";
import type { AnyKind } from "#api/object.ts";
import { ownerReference } from "#api/ownership.ts";
import type { Json } from "#api/schema/field.ts";
import { parseTime } from "#api/time.ts";
import { isApiError } from "#client/client.ts";
import type { Context } from "#client/controller.ts";
import type { StoredObject } from "#client/stored.ts";
import { isSameTemplate, templateHash } from "./template_hash.ts";

/** The label by which a pod says which revision made it: a DaemonSet's hash, a StatefulSet's revision name. */
export const REVISION_LABEL = "controller-revision-hash";
/** So much of an owner's name at most comes before the hash (controller_history.go, ControllerRevisionName). */
const PREFIX_CHARS_MAX = 223;

/** What a set needs of its history: its present template's revision, and all others, oldest first. */
export interface History {
  readonly current: ControllerRevision;
  readonly old: readonly ControllerRevision[];
  /** How often a name was taken by another template, including before. */
  readonly collisionCount: number;
}

/** What to do so that the present template has the newest revision. */
type HistoryPlan =
  | { readonly type: "keep"; readonly revision: ControllerRevision }
  | { readonly type: "renumber"; readonly revision: ControllerRevision; readonly to: number }
  | { readonly type: "create"; readonly number: number };

/** A template that comes back takes a new number, so that the history always ends with what is wanted now. */
export function planHistory(template: PodTemplateSpec, revisions: readonly ControllerRevision[]): HistoryPlan {
  const sorted = revisions.toSorted(olderFirst);
  const newest = sorted.at(-1);
  const equal = sorted.findLast((revision) => isSameTemplate(templateOf(revision), template));
  const next = (newest?.revision ?? 0) + 1;
  if (!equal) return { type: "create", number: next };
  const isNewest = equal === newest || isSameTemplate(templateOf(equal), templateOf(newest ?? equal));
  return isNewest ? { type: "keep", revision: equal } : { type: "renumber", revision: equal, to: next };
}

/** By number, then by age, then by name. */
export function olderFirst(a: ControllerRevision, b: ControllerRevision): number {
  const age = parseTime(a.metadata.creationTimestamp) - parseTime(b.metadata.creationTimestamp);
  return a.revision - b.revision || age || (a.metadata.name < b.metadata.name ? -1 : 1);
}

/**
 * A template as a strategic merge patch that brings it back: what `kubectl rollout undo` sends. Members are in order
 * of their names, as kubectl compares bytes to find that an undo would change nothing.
 */
export function revisionData(template: PodTemplateSpec): { [key: string]: Json } {
  return { spec: { template: inOrder({ ...template, $patch: "replace" }) } };
}

/** The template a revision holds. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const { spec } = (revision.data ?? {}) as unknown as { spec?: { template?: PodTemplateSpec & { $patch?: string } } };
  const { $patch: _directive, ...template } = spec?.template ?? ({} as PodTemplateSpec & { $patch?: string });
  return { ...template, metadata: template.metadata ?? {} } as PodTemplateSpec;
}

function inOrder(value: unknown): Json {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value as Json;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, inOrder(member)]),
  );
}

/** Who has a history: a DaemonSet or a StatefulSet. */
interface HistoryOwner extends StoredObject {
  readonly spec: { readonly template: PodTemplateSpec };
  readonly status: { readonly collisionCount?: number | undefined };
}

/**
 * Carries the plan out; gives the history as it stands then.
 *
 * @param hashLabel Under which label the revision bears its hash: DaemonSets and StatefulSets differ.
 */
export async function ensureHistory(
  kind: AnyKind,
  owner: HistoryOwner,
  revisions: readonly ControllerRevision[],
  hashLabel: string,
  context: Context,
): Promise<History> {
  const plan = planHistory(owner.spec.template, revisions);
  const collisionCount = owner.status.collisionCount ?? 0;
  const old = (current: ControllerRevision) =>
    revisions.filter((each) => each.metadata.name !== current.metadata.name).toSorted(olderFirst);
  if (plan.type === "keep") return { current: plan.revision, old: old(plan.revision), collisionCount };
  if (plan.type === "renumber") {
    const renumbered = { ...plan.revision, revision: plan.to };
    const current = await context.client.update(ControllerRevision, renumbered);
    return { current, old: old(current), collisionCount };
  }
  const created = await createRevision(kind, owner, plan.number, hashLabel, context);
  return { ...created, old: old(created.current) };
}

/** Creates the revision under a name that no other template has taken. */
async function createRevision(
  kind: AnyKind,
  owner: HistoryOwner,
  number: number,
  hashLabel: string,
  { client }: Context,
): Promise<Omit<History, "old">> {
  const { template } = owner.spec;
  const { name, namespace = "", annotations } = owner.metadata;
  for (let collisionCount = owner.status.collisionCount ?? 0; ; collisionCount++) {
    const hash = templateHash(template, collisionCount);
    const metadata = {
      name: `${name.slice(0, PREFIX_CHARS_MAX)}-${hash}`,
      namespace,
      labels: { ...template.metadata.labels, [hashLabel]: hash },
      ...(annotations && { annotations: { ...annotations } }),
      ownerReferences: [ownerReference(kind, owner)],
    };
    try {
      const data = revisionData(template);
      const current = await client.create(ControllerRevision, { metadata, data, revision: number });
      return { current, collisionCount };
    } catch (error) {
      if (!isApiError(error, "AlreadyExists")) throw error;
      const taken = await client.get(ControllerRevision, { namespace, name: metadata.name });
      if (isSameTemplate(templateOf(taken), template)) return { current: taken, collisionCount };
    }
  }
}

/**
 * The revisions to forget, oldest first, so that `limit` are left.
 *
 * @param old Revisions that count towards the limit.
 * @param isLive Those that pods still run are kept even so.
 */
export function planForgetting(
  old: readonly ControllerRevision[],
  limit: number,
  isLive: (revision: ControllerRevision) => boolean = () => false,
): readonly ControllerRevision[] {
  const surplus = limit < 0 ? 0 : Math.max(0, old.length - limit);
  return old
    .toSorted(olderFirst)
    .filter((revision) => !isLive(revision))
    .slice(0, surplus);
}

export async function forget(revisions: readonly ControllerRevision[], { client }: Context): Promise<void> {
  for (const { metadata } of revisions) {
    try {
      await client.delete(ControllerRevision, metadata, { preconditions: { uid: metadata.uid } });
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
  }
}
