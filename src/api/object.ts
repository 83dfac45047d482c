import type { Kind } from "./schema/kind.ts";
import type { ObjectMeta } from "./meta/object_meta.ts";

/** What every stored object has, whatever its kind. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** A kind whose static type is not known here: lookups by name, and loops over all kinds. */
// eslint-disable-next-line typescript/no-explicit-any -- Kind is contravariant in its functions; only `any` admits every kind.
export type AnyKind = Kind<any, any>;

/** Names one object of a kind. Cluster-scoped kinds have no namespace. */
export interface ObjectRef {
  readonly namespace?: string | undefined;
  readonly name: string;
}
