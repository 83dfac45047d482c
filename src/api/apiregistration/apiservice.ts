import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { boolean, bytes, int32, list, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateAPIService } from "../validation/apiservice.ts";

export const ServiceReference = object("io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference", {
  namespace: string(1),
  name: string(2),
  port: int32(3, { ptr: true, default: 443 }),
});
export interface ServiceReference extends ValueOf<typeof ServiceReference> {}

export const APIServiceSpec = object("io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec", {
  service: ptr(1, ServiceReference),
  group: string(2),
  version: string(3),
  insecureSkipTLSVerify: boolean(4),
  caBundle: bytes(5),
  groupPriorityMinimum: int32(7, { required: true, always: true }),
  versionPriority: int32(8, { required: true, always: true }),
});
export interface APIServiceSpec extends ValueOf<typeof APIServiceSpec> {}

export const APIServiceCondition = object("io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceCondition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
});
export interface APIServiceCondition extends ValueOf<typeof APIServiceCondition> {}

export const APIServiceStatus = object("io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus", {
  conditions: list(1, APIServiceCondition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
});
export interface APIServiceStatus extends ValueOf<typeof APIServiceStatus> {}

/** Who serves a version of an API group. */
export const APIService = kind(
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService",
  { group: "apiregistration.k8s.io", version: "v1", kind: "APIService", plural: "apiservices", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, APIServiceSpec),
    status: of(3, APIServiceStatus),
  },
  {
    categories: ["api-extensions"],
    subresources: {
      status: { kind: "APIService", group: "apiregistration.k8s.io", version: "v1", verbs: ["get", "patch", "update"] },
    },
    nameRule: "pathSegment",
    columns: [
      NAME,
      column("Service", "string", "Who answers.", ({ spec: { service } }) =>
        service ? `${service.namespace ?? ""}/${service.name ?? ""}` : "Local",
      ),
      column("Available", "string", "Whether it answers.", ({ status }) => {
        const condition = status.conditions?.find(({ type }) => type === "Available");
        if (!condition) return "Unknown";
        return condition.status === "True" || !condition.reason
          ? condition.status
          : `${condition.status} (${condition.reason})`;
      }),
      AGE,
    ],
    updateNeedsVersion: true,
    validate: validateAPIService,
  },
);
export interface APIService extends ObjectOf<typeof APIService> {}
export type APIServiceDraft = DraftObjectOf<typeof APIService>;
