import { SERVICE_COLUMNS } from "./service_columns.ts";
import { setServiceDefaults } from "./service_defaults.ts";
import type { ValueOf } from "../schema/schema.ts";
import { Condition } from "../meta/condition.ts";
import { LoadBalancerStatus } from "./load_balancer.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { STRING, boolean, int32, intOrString, list, map, of, ptr, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateService, validateServiceUpdate, validateServiceStatusUpdate } from "../validation/service.ts";

export const ServicePort = object("io.k8s.api.core.v1.ServicePort", {
  name: string(1),
  protocol: string(2, { default: "TCP", enum: ["SCTP", "TCP", "UDP"] }),
  appProtocol: string(6, { ptr: true }),
  port: int32(3, { required: true, always: true }),
  targetPort: intOrString(4),
  nodePort: int32(5),
});
export interface ServicePort extends ValueOf<typeof ServicePort> {}

export const ClientIPConfig = object("io.k8s.api.core.v1.ClientIPConfig", {
  timeoutSeconds: int32(1, { ptr: true }),
});
export interface ClientIPConfig extends ValueOf<typeof ClientIPConfig> {}

export const SessionAffinityConfig = object("io.k8s.api.core.v1.SessionAffinityConfig", {
  clientIP: ptr(1, ClientIPConfig),
});
export interface SessionAffinityConfig extends ValueOf<typeof SessionAffinityConfig> {}

export const ServiceSpec = object("io.k8s.api.core.v1.ServiceSpec", {
  ports: list(1, ServicePort, { mapKeys: ["port", "protocol"], patchStrategy: "merge", patchMergeKey: "port" }),
  selector: map(2, STRING, { atomic: true }),
  clusterIP: string(3),
  clusterIPs: list(18, STRING),
  type: string(4, { default: "ClusterIP", enum: ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"] }),
  externalIPs: list(5, STRING),
  sessionAffinity: string(7, { default: "None", enum: ["ClientIP", "None"] }),
  loadBalancerIP: string(8),
  loadBalancerSourceRanges: list(9, STRING),
  externalName: string(10),
  externalTrafficPolicy: string(11, { enum: ["Cluster", "Local"] }),
  healthCheckNodePort: int32(12),
  publishNotReadyAddresses: boolean(13),
  sessionAffinityConfig: ptr(14, SessionAffinityConfig),
  ipFamilies: list(19, STRING, { enum: ["", "IPv4", "IPv6"] }),
  ipFamilyPolicy: string(17, { ptr: true, enum: ["PreferDualStack", "RequireDualStack", "SingleStack"] }),
  allocateLoadBalancerNodePorts: boolean(20, { ptr: true }),
  loadBalancerClass: string(21, { ptr: true }),
  internalTrafficPolicy: string(22, { ptr: true, enum: ["Cluster", "Local"] }),
  trafficDistribution: string(23, { ptr: true }),
});
export interface ServiceSpec extends ValueOf<typeof ServiceSpec> {}

export const ServiceStatus = object("io.k8s.api.core.v1.ServiceStatus", {
  loadBalancer: of(1, LoadBalancerStatus),
  conditions: list(2, Condition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
});
export interface ServiceStatus extends ValueOf<typeof ServiceStatus> {}

export const Service = kind(
  "io.k8s.api.core.v1.Service",
  { group: "", version: "v1", kind: "Service", plural: "services", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, ServiceSpec),
    status: of(3, ServiceStatus),
  },
  {
    shortNames: ["svc"],
    categories: ["all"],
    subresources: {
      proxy: {
        kind: "ServiceProxyOptions",
        group: "",
        version: "v1",
        verbs: ["create", "delete", "get", "patch", "update"],
        connect: true,
      },
      status: { kind: "Service", group: "", version: "v1", verbs: ["get", "patch", "update"] },
    },
    selectableFields: {
      "spec.clusterIP": ({ spec }) => spec.clusterIP ?? "",
      "spec.type": ({ spec }) => spec.type ?? "",
    },
    setDefaults({ spec, status }) {
      if (spec) setServiceDefaults(spec, status);
    },
    columns: SERVICE_COLUMNS,
    createOnUpdate: true,
    validate: validateService,
    validateUpdate: validateServiceUpdate,
    validateStatusUpdate: validateServiceStatusUpdate,
    nameRule: "dnsLabel",
  },
);
export interface Service extends ObjectOf<typeof Service> {}
export type ServiceDraft = DraftObjectOf<typeof Service>;
