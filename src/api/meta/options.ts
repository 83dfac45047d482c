import type { ValueOf } from "../schema/schema.ts";
import { STRING, boolean, int64, list, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const Preconditions = object("io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions", {
  uid: string(1, { ptr: true }),
  resourceVersion: string(2, { ptr: true }),
});
export interface Preconditions extends ValueOf<typeof Preconditions> {}

export const DeleteOptions = object("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions", {
  apiVersion: string(0),
  kind: string(0),
  gracePeriodSeconds: int64(1, { ptr: true }),
  preconditions: ptr(2, Preconditions),
  orphanDependents: boolean(3, { ptr: true }),
  propagationPolicy: string(4, { ptr: true }),
  dryRun: list(5, STRING),
  ignoreStoreReadErrorWithClusterBreakingPotential: boolean(6, { ptr: true }),
});
export interface DeleteOptions extends ValueOf<typeof DeleteOptions> {}

export const CreateOptions = object("io.k8s.apimachinery.pkg.apis.meta.v1.CreateOptions", {
  apiVersion: string(0),
  kind: string(0),
  dryRun: list(1, STRING),
  fieldManager: string(3),
  fieldValidation: string(4),
});
export interface CreateOptions extends ValueOf<typeof CreateOptions> {}

export const GetOptions = object("io.k8s.apimachinery.pkg.apis.meta.v1.GetOptions", {
  apiVersion: string(0),
  kind: string(0),
  resourceVersion: string(1),
});
export interface GetOptions extends ValueOf<typeof GetOptions> {}

export const ListOptions = object("io.k8s.apimachinery.pkg.apis.meta.v1.ListOptions", {
  apiVersion: string(0),
  kind: string(0),
  labelSelector: string(1),
  fieldSelector: string(2),
  watch: boolean(3),
  allowWatchBookmarks: boolean(9),
  resourceVersion: string(4),
  resourceVersionMatch: string(10),
  timeoutSeconds: int64(5, { ptr: true }),
  limit: int64(7),
  continue: string(8),
  sendInitialEvents: boolean(11, { ptr: true }),
  shardSelector: string(15),
});
export interface ListOptions extends ValueOf<typeof ListOptions> {}

export const PatchOptions = object("io.k8s.apimachinery.pkg.apis.meta.v1.PatchOptions", {
  apiVersion: string(0),
  kind: string(0),
  dryRun: list(1, STRING),
  force: boolean(2, { ptr: true }),
  fieldManager: string(3),
  fieldValidation: string(4),
});
export interface PatchOptions extends ValueOf<typeof PatchOptions> {}

export const TableOptions = object("io.k8s.apimachinery.pkg.apis.meta.v1.TableOptions", {
  apiVersion: string(0),
  kind: string(0),
  includeObject: string(1),
});
export interface TableOptions extends ValueOf<typeof TableOptions> {}

export const UpdateOptions = object("io.k8s.apimachinery.pkg.apis.meta.v1.UpdateOptions", {
  apiVersion: string(0),
  kind: string(0),
  dryRun: list(1, STRING),
  fieldManager: string(2),
  fieldValidation: string(3),
});
export interface UpdateOptions extends ValueOf<typeof UpdateOptions> {}
