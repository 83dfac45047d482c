import { AGE, NAME, column, firstThree } from "../columns.ts";
import type { ValueOf } from "../schema/schema.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { ObjectReference } from "./reference.ts";
import { int32, list, of, ptr, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateEndpoints } from "../validation/endpoints.ts";

export const EndpointAddress = object(
  "io.k8s.api.core.v1.EndpointAddress",
  {
    ip: string(1, { required: true, always: true }),
    hostname: string(3),
    nodeName: string(4, { ptr: true }),
    targetRef: ptr(2, ObjectReference),
  },
  { atomic: true },
);
export interface EndpointAddress extends ValueOf<typeof EndpointAddress> {}

export const EndpointPort = object(
  "io.k8s.api.core.v1.EndpointPort",
  {
    name: string(1),
    port: int32(2, { required: true, always: true }),
    protocol: string(3, { enum: ["SCTP", "TCP", "UDP"] }),
    appProtocol: string(4, { ptr: true }),
  },
  { atomic: true },
);
export interface EndpointPort extends ValueOf<typeof EndpointPort> {}

export const EndpointSubset = object("io.k8s.api.core.v1.EndpointSubset", {
  addresses: list(1, EndpointAddress),
  notReadyAddresses: list(2, EndpointAddress),
  ports: list(3, EndpointPort),
});
export interface EndpointSubset extends ValueOf<typeof EndpointSubset> {}

function subsetAddresses({ addresses, ports }: EndpointSubset): string[] {
  const hosts = (addresses ?? []).map(({ ip }) => ip);
  if (!ports?.length) return hosts;
  const withPort = (ip: string, port: number): string => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`);
  return ports.flatMap(({ port }) => hosts.map((ip) => withPort(ip, port)));
}

export const Endpoints = kind(
  "io.k8s.api.core.v1.Endpoints",
  { group: "", version: "v1", kind: "Endpoints", plural: "endpoints", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    subsets: list(2, EndpointSubset),
  },
  {
    shortNames: ["ep"],
    deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    setDefaults({ subsets }) {
      for (const port of (subsets ?? []).flatMap((subset) => subset.ports ?? [])) port.protocol ||= "TCP";
    },
    columns: [
      NAME,
      column("Endpoints", "string", "Addresses that are ready, with their ports.", ({ subsets }) =>
        firstThree((subsets ?? []).flatMap(subsetAddresses), "<none>"),
      ),
      AGE,
    ],
    createOnUpdate: true,
    validate: validateEndpoints,
  },
);
export interface Endpoints extends ObjectOf<typeof Endpoints> {}
export type EndpointsDraft = DraftObjectOf<typeof Endpoints>;
