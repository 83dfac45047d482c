import type { AnyKind, KubeObject } from "#api/object.ts";

/** Whether nothing holds an object that is being deleted any more. */
export function isFinished(kind: AnyKind, object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false;
  if (kind.group === "" && kind.kind === "Namespace") return namespaceFinalizers(object).length === 0;
  return (deletionGracePeriodSeconds ?? 0) === 0;
}

/** Who still has something in a namespace. */
function namespaceFinalizers(namespace: KubeObject): readonly string[] {
  const { spec } = namespace as { spec?: { finalizers?: readonly string[] } };
  return spec?.finalizers ?? [];
}
