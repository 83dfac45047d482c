import { Namespace, type NamespaceCondition } from "#api/core/namespace.ts";
import { Pod } from "#api/core/pod.ts";
import type { AnyKind } from "#api/object.ts";
import { formatTime } from "#api/time.ts";
import { isApiError, type Client } from "#client/client.ts";
import { controller, watching, type Controller } from "#client/controller.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { stored } from "#client/stored.ts";

const FINALIZER = "kubernetes";
/** How soon to look again while something other than pods is left. */
const RETRY_MS = 1_000;

/**
 * Empties a namespace that is being deleted, then lets it go. Pods first: what they use must not vanish under them.
 *
 * @param kinds The kinds served now, one for each resource; those in namespaces are looked at.
 */
export function namespaceController(kinds: () => Iterable<AnyKind>): Controller<typeof Namespace> {
  return controller({
    name: "namespace",
    for: Namespace,
    watches: [
      watching(Pod, ({ metadata }, _previous, { cache }) => {
        const namespace = cache(Namespace).get({ name: metadata.namespace });
        return namespace?.metadata.deletionTimestamp === undefined ? [] : [namespace.metadata];
      }),
    ],

    async reconcile(namespace, { client, clock }) {
      const { metadata, spec } = namespace;
      if (metadata.deletionTimestamp === undefined || !spec.finalizers?.includes(FINALIZER)) return undefined;
      const content = [...kinds()].filter(isContent);
      let left = await empty(
        client,
        metadata.name,
        content.filter((kind) => kind === Pod),
      );
      if (left.length === 0)
        left = await empty(
          client,
          metadata.name,
          content.filter((kind) => kind !== Pod),
        );
      const conditions = conditionsOf(namespace.status.conditions ?? [], left, clock.now());
      let latest = namespace;
      if (!semanticallyEqual(conditions, namespace.status.conditions)) {
        latest = await client.updateStatus(Namespace, { ...namespace, status: { ...namespace.status, conditions } });
      }
      if (left.length > 0) return { requeueAfterMs: RETRY_MS };
      const finalizers = spec.finalizers.filter((each) => each !== FINALIZER);
      await client.update(Namespace, { ...latest, spec: { ...latest.spec, finalizers } }, { subresource: "finalize" });
      return undefined;
    },
  });
}

/** What of one kind has not gone yet. */
interface Remainder {
  readonly kind: AnyKind;
  readonly count: number;
  /** How many bear each finalizer. */
  readonly finalizers: Readonly<Record<string, number>>;
  /** Why it could not be deleted, if it could not. */
  readonly failure?: string;
}

function isContent(kind: AnyKind): boolean {
  return kind.scope === "Namespaced" && kind.verbs.includes("delete") && kind.verbs.includes("list");
}

/** Deletes everything of the kinds and says what is left of it. */
async function empty(client: Client, namespace: string, kinds: readonly AnyKind[]): Promise<Remainder[]> {
  const found = await Promise.all(
    kinds.map(async (kind): Promise<Remainder> => {
      try {
        return await emptyKind(client, namespace, kind);
      } catch (error) {
        return { kind, count: 0, finalizers: {}, failure: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
  return found.filter((each) => each.count > 0 || each.failure !== undefined);
}

async function emptyKind(client: Client, namespace: string, kind: AnyKind): Promise<Remainder> {
  const before = await client.list(kind, { namespace });
  if (before.items.length === 0) return { kind, count: 0, finalizers: {} };
  const options = { propagationPolicy: "Background" } as const;
  if (kind.verbs.includes("deletecollection")) await client.deleteCollection(kind, { namespace }, options);
  else {
    for (const item of before.items) {
      await client.delete(kind, stored(item).metadata, options).catch((error: unknown) => {
        if (!isApiError(error, "NotFound")) throw error;
      });
    }
  }
  const { items } = await client.list(kind, { namespace });
  const finalizers: Record<string, number> = {};
  for (const item of items) {
    for (const each of stored(item).metadata.finalizers ?? []) finalizers[each] = (finalizers[each] ?? 0) + 1;
  }
  return { kind, count: items.length, finalizers };
}

type Told = readonly [type: string, status: "True" | "False", reason: string, message: string];

/** How the deletion stands, in the words of namespace_resources_deleter.go. Pure. */
function conditionsOf(
  known: readonly NamespaceCondition[],
  left: readonly Remainder[],
  nowMs: number,
): NamespaceCondition[] {
  const told: readonly Told[] = [
    ["NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"],
    [
      "NamespaceDeletionGroupVersionParsingFailure",
      "False",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ],
    failed(left),
    remaining(left),
    held(left),
  ];
  return told.map(([type, status, reason, message]) => {
    const before = known.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : formatTime(nowMs);
    return { type, status, reason, message, lastTransitionTime };
  });
}

function failed(left: readonly Remainder[]): Told {
  const type = "NamespaceDeletionContentFailure";
  const failures = left.flatMap(({ failure }) => (failure === undefined ? [] : [failure])).toSorted();
  if (failures.length === 0) {
    return [type, "False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"];
  }
  const message = `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(", ")}`;
  return [type, "True", "ContentDeletionFailed", message];
}

function remaining(left: readonly Remainder[]): Told {
  const type = "NamespaceContentRemaining";
  const present = left.filter(({ count }) => count > 0);
  if (present.length === 0) return [type, "False", "ContentRemoved", "All content successfully removed"];
  const parts = present.map(({ kind, count }) => `${resourceOf(kind)} has ${count} resource instances`);
  return [type, "True", "SomeResourcesRemain", `Some resources are remaining: ${parts.toSorted().join(", ")}`];
}

function held(left: readonly Remainder[]): Told {
  const type = "NamespaceFinalizersRemaining";
  const counts = new Map<string, number>();
  for (const { finalizers } of left) {
    for (const [name, count] of Object.entries(finalizers)) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  if (counts.size === 0) return [type, "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished"];
  const parts = Array.from(counts, ([name, count]) => `${name} in ${count} resource instances`);
  const message = `Some content in the namespace has finalizers remaining: ${parts.toSorted().join(", ")}`;
  return [type, "True", "SomeFinalizersRemain", message];
}

/** `pods.` or `deployments.apps`: a resource with its group, as Kubernetes writes it. */
function resourceOf(kind: AnyKind): string {
  return `${kind.plural}.${kind.group}`;
}
