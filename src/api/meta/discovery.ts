import type { ValueOf } from "../schema/schema.ts";
import { STRING, boolean, list, of, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const GroupVersionForDiscovery = object("io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionForDiscovery", {
  groupVersion: string(1, { required: true, always: true }),
  version: string(2, { required: true, always: true }),
});
export interface GroupVersionForDiscovery extends ValueOf<typeof GroupVersionForDiscovery> {}

export const ServerAddressByClientCIDR = object("io.k8s.apimachinery.pkg.apis.meta.v1.ServerAddressByClientCIDR", {
  clientCIDR: string(1, { required: true, always: true }),
  serverAddress: string(2, { required: true, always: true }),
});
export interface ServerAddressByClientCIDR extends ValueOf<typeof ServerAddressByClientCIDR> {}

export const APIGroup = object("io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup", {
  apiVersion: string(0),
  kind: string(0),
  name: string(1, { required: true, always: true }),
  versions: list(2, GroupVersionForDiscovery, { required: true }),
  preferredVersion: of(3, GroupVersionForDiscovery),
  serverAddressByClientCIDRs: list(4, ServerAddressByClientCIDR),
});
export interface APIGroup extends ValueOf<typeof APIGroup> {}

export const APIResource = object("io.k8s.apimachinery.pkg.apis.meta.v1.APIResource", {
  name: string(1, { required: true, always: true }),
  singularName: string(6, { required: true, always: true }),
  namespaced: boolean(2, { required: true, always: true }),
  group: string(8),
  version: string(9),
  kind: string(3, { required: true, always: true }),
  verbs: list(4, STRING, { required: true, wrapped: true }),
  shortNames: list(5, STRING),
  categories: list(7, STRING),
  storageVersionHash: string(10),
});
export interface APIResource extends ValueOf<typeof APIResource> {}

export const APIGroupList = object("io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList", {
  apiVersion: string(0),
  kind: string(0),
  groups: list(1, APIGroup, { required: true }),
});
export interface APIGroupList extends ValueOf<typeof APIGroupList> {}

export const APIResourceList = object("io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList", {
  apiVersion: string(0),
  kind: string(0),
  groupVersion: string(1, { required: true, always: true }),
  resources: list(2, APIResource, { required: true }),
});
export interface APIResourceList extends ValueOf<typeof APIResourceList> {}

export const APIVersions = object("io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions", {
  apiVersion: string(0),
  kind: string(0),
  versions: list(1, STRING, { required: true }),
  serverAddressByClientCIDRs: list(2, ServerAddressByClientCIDR, { required: true }),
});
export interface APIVersions extends ValueOf<typeof APIVersions> {}
