import { AGE, NAME, column, firstThree } from "../columns.ts";
import type { ValueOf } from "../schema/schema.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { ObjectReference } from "../core/reference.ts";
import { STRING, boolean, int32, list, map, of, ptr, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateEndpointSlice, validateEndpointSliceUpdate } from "../validation/endpoints.ts";

export const EndpointConditions = object("io.k8s.api.discovery.v1.EndpointConditions", {
  ready: boolean(1, { ptr: true }),
  serving: boolean(2, { ptr: true }),
  terminating: boolean(3, { ptr: true }),
});
export interface EndpointConditions extends ValueOf<typeof EndpointConditions> {}

export const ForZone = object("io.k8s.api.discovery.v1.ForZone", {
  name: string(1, { required: true, always: true }),
});
export interface ForZone extends ValueOf<typeof ForZone> {}

export const ForNode = object("io.k8s.api.discovery.v1.ForNode", {
  name: string(1, { required: true, always: true }),
});
export interface ForNode extends ValueOf<typeof ForNode> {}

export const EndpointHints = object("io.k8s.api.discovery.v1.EndpointHints", {
  forZones: list(1, ForZone),
  forNodes: list(2, ForNode),
});
export interface EndpointHints extends ValueOf<typeof EndpointHints> {}

export const Endpoint = object("io.k8s.api.discovery.v1.Endpoint", {
  addresses: list(1, STRING, { required: true, set: true }),
  conditions: of(2, EndpointConditions),
  hostname: string(3, { ptr: true }),
  targetRef: ptr(4, ObjectReference),
  deprecatedTopology: map(5, STRING),
  nodeName: string(6, { ptr: true }),
  zone: string(7, { ptr: true }),
  hints: ptr(8, EndpointHints),
});
export interface Endpoint extends ValueOf<typeof Endpoint> {}

export const EndpointPort = object(
  "io.k8s.api.discovery.v1.EndpointPort",
  {
    name: string(1, { ptr: true, default: "" }),
    protocol: string(2, { ptr: true, default: "TCP", enum: ["SCTP", "TCP", "UDP"] }),
    port: int32(3, { ptr: true }),
    appProtocol: string(4, { ptr: true }),
  },
  { atomic: true },
);
export interface EndpointPort extends ValueOf<typeof EndpointPort> {}

export const EndpointSlice = kind(
  "io.k8s.api.discovery.v1.EndpointSlice",
  { group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice", plural: "endpointslices", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    addressType: string(4, { required: true, always: true, enum: ["FQDN", "IPv4", "IPv6"] }),
    endpoints: list(2, Endpoint, { always: true }),
    ports: list(3, EndpointPort, { always: true }),
  },
  {
    generation: "withLabels",
    columns: [
      NAME,
      column("AddressType", "string", "What its addresses are.", ({ addressType }) => addressType),
      column("Ports", "string", "Ports of every endpoint.", ({ ports }) =>
        firstThree(
          ports.map(({ port, name }) => (port === undefined ? name || "*" : String(port))),
          "<unset>",
        ),
      ),
      column("Endpoints", "string", "Addresses, ready or not.", ({ endpoints }) =>
        firstThree(
          endpoints.flatMap(({ addresses }) => addresses),
          "<unset>",
        ),
      ),
      AGE,
    ],
    validate: validateEndpointSlice,
    validateUpdate: validateEndpointSliceUpdate,
  },
);
export interface EndpointSlice extends ObjectOf<typeof EndpointSlice> {}
export type EndpointSliceDraft = DraftObjectOf<typeof EndpointSlice>;
