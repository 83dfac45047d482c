import type { DraftOf, ObjectSchema, ValueOf } from "../schema/schema.ts";
import { STRING, boolean, fieldsV1, int64, list, map, string, time } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const OwnerReference = object(
  "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference",
  {
    apiVersion: string(5, { required: true, always: true }),
    kind: string(1, { required: true, always: true }),
    name: string(3, { required: true, always: true }),
    uid: string(4, { required: true, always: true }),
    controller: boolean(6, { ptr: true }),
    blockOwnerDeletion: boolean(7, { ptr: true }),
  },
  { atomic: true },
);
export interface OwnerReference extends ValueOf<typeof OwnerReference> {}

export const ManagedFieldsEntry = object("io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry", {
  manager: string(1),
  operation: string(2),
  apiVersion: string(3),
  time: time(4, { ptr: true }),
  fieldsType: string(6),
  fieldsV1: fieldsV1(7, { ptr: true }),
  subresource: string(8),
});
export interface ManagedFieldsEntry extends ValueOf<typeof ManagedFieldsEntry> {}

export const ObjectMeta = object("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", {
  name: string(1),
  generateName: string(2),
  namespace: string(3),
  selfLink: string(4),
  uid: string(5),
  resourceVersion: string(6),
  generation: int64(7),
  creationTimestamp: time(8),
  deletionTimestamp: time(9, { ptr: true }),
  deletionGracePeriodSeconds: int64(10, { ptr: true }),
  labels: map(11, STRING),
  annotations: map(12, STRING),
  ownerReferences: list(13, OwnerReference, { mapKeys: ["uid"], patchStrategy: "merge", patchMergeKey: "uid" }),
  finalizers: list(14, STRING, { set: true, patchStrategy: "merge" }),
  managedFields: list(17, ManagedFieldsEntry),
});
export interface ObjectMeta extends ValueOf<typeof ObjectMeta> {}

/** What the server always fills in on a stored object. */
interface Stored {
  name: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
}

/** Metadata of a stored object in a namespace. */
export const NamespacedMeta = ObjectMeta as ObjectSchema<
  ObjectMeta & Stored & { namespace: string },
  DraftOf<typeof ObjectMeta>
>;
/** Metadata of a stored object of the whole cluster. */
export const ClusterMeta = ObjectMeta as ObjectSchema<ObjectMeta & Stored, DraftOf<typeof ObjectMeta>>;
