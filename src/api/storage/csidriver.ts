import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { STRING, boolean, int64, list, of, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateCSIDriver, validateCSIDriverUpdate } from "../validation/csidriver.ts";

export const TokenRequest = object("io.k8s.api.storage.v1.TokenRequest", {
  audience: string(1, { required: true, always: true }),
  expirationSeconds: int64(2, { ptr: true }),
});
export interface TokenRequest extends ValueOf<typeof TokenRequest> {}

export const CSIDriverSpec = object("io.k8s.api.storage.v1.CSIDriverSpec", {
  attachRequired: boolean(1, { ptr: true, default: true }),
  podInfoOnMount: boolean(2, { ptr: true, default: false }),
  volumeLifecycleModes: list(3, STRING, { default: ["Persistent"], set: true }),
  storageCapacity: boolean(4, { ptr: true, default: false }),
  fsGroupPolicy: string(5, { ptr: true, default: "ReadWriteOnceWithFSType" }),
  tokenRequests: list(6, TokenRequest),
  requiresRepublish: boolean(7, { ptr: true, default: false }),
  seLinuxMount: boolean(8, { ptr: true, default: false }),
  nodeAllocatableUpdatePeriodSeconds: int64(9, { ptr: true }),
  serviceAccountTokenInSecrets: boolean(10, { ptr: true }),
  preventPodSchedulingIfMissing: boolean(11, { ptr: true }),
});
export interface CSIDriverSpec extends ValueOf<typeof CSIDriverSpec> {}

/** What a storage driver can do and wants to be told. */
export const CSIDriver = kind(
  "io.k8s.api.storage.v1.CSIDriver",
  { group: "storage.k8s.io", version: "v1", kind: "CSIDriver", plural: "csidrivers", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, CSIDriverSpec, { required: true }),
  },
  {
    columns: [
      NAME,
      column(
        "AttachRequired",
        "boolean",
        "Volumes are attached before they are mounted.",
        ({ spec }) => spec.attachRequired,
      ),
      column("PodInfoOnMount", "boolean", "Is told which pod it mounts for.", ({ spec }) => spec.podInfoOnMount),
      column("StorageCapacity", "boolean", "Says how much is left.", ({ spec }) => spec.storageCapacity),
      column(
        "TokenRequests",
        "string",
        "Audiences it gets tokens for.",
        ({ spec }) => (spec.tokenRequests ?? []).map(({ audience }) => audience).join(",") || "<unset>",
      ),
      column("RequiresRepublish", "boolean", "Is called again and again.", ({ spec }) => spec.requiresRepublish),
      column(
        "Modes",
        "string",
        "Kinds of volume it makes.",
        ({ spec }) => spec.volumeLifecycleModes.join(",") || "<none>",
      ),
      AGE,
    ],
    updateNeedsVersion: true,
    validate: validateCSIDriver,
    validateUpdate: validateCSIDriverUpdate,
  },
);
export interface CSIDriver extends ObjectOf<typeof CSIDriver> {}
export type CSIDriverDraft = DraftObjectOf<typeof CSIDriver>;
