import type { ValueOf } from "../schema/schema.ts";
import { STRING, boolean, list, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const UserSubject = object("io.k8s.api.flowcontrol.v1.UserSubject", {
  name: string(1, { required: true, always: true }),
});
export interface UserSubject extends ValueOf<typeof UserSubject> {}

export const GroupSubject = object("io.k8s.api.flowcontrol.v1.GroupSubject", {
  name: string(1, { required: true, always: true }),
});
export interface GroupSubject extends ValueOf<typeof GroupSubject> {}

export const ServiceAccountSubject = object("io.k8s.api.flowcontrol.v1.ServiceAccountSubject", {
  namespace: string(1, { required: true, always: true }),
  name: string(2, { required: true, always: true }),
});
export interface ServiceAccountSubject extends ValueOf<typeof ServiceAccountSubject> {}

export const Subject = object("io.k8s.api.flowcontrol.v1.Subject", {
  kind: string(1, { required: true, always: true }),
  user: ptr(2, UserSubject),
  group: ptr(3, GroupSubject),
  serviceAccount: ptr(4, ServiceAccountSubject),
});
export interface Subject extends ValueOf<typeof Subject> {}

export const ResourcePolicyRule = object("io.k8s.api.flowcontrol.v1.ResourcePolicyRule", {
  verbs: list(1, STRING, { required: true, set: true }),
  apiGroups: list(2, STRING, { required: true, set: true }),
  resources: list(3, STRING, { required: true, set: true }),
  clusterScope: boolean(4),
  namespaces: list(5, STRING, { always: true, set: true }),
});
export interface ResourcePolicyRule extends ValueOf<typeof ResourcePolicyRule> {}

export const NonResourcePolicyRule = object("io.k8s.api.flowcontrol.v1.NonResourcePolicyRule", {
  verbs: list(1, STRING, { required: true, set: true }),
  nonResourceURLs: list(6, STRING, { required: true, set: true }),
});
export interface NonResourcePolicyRule extends ValueOf<typeof NonResourcePolicyRule> {}

export const PolicyRulesWithSubjects = object("io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects", {
  subjects: list(1, Subject, { required: true }),
  resourceRules: list(2, ResourcePolicyRule),
  nonResourceRules: list(3, NonResourcePolicyRule),
});
export interface PolicyRulesWithSubjects extends ValueOf<typeof PolicyRulesWithSubjects> {}
