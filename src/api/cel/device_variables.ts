import { QUANTITY } from "./lib_quantity.ts";
import { BOOL, CelType, DYN, mapType, STRING } from "./types.ts";

const FIELDS = new Map([
  ["driver", STRING],
  ["attributes", mapType(STRING, mapType(STRING, DYN))],
  ["capacity", mapType(STRING, mapType(STRING, QUANTITY))],
  ["allowMultipleAllocations", BOOL],
]);

/** What the expressions that select devices see (k8s.io/dynamic-resource-allocation, cel/compile.go). */
export const DEVICE_VARIABLES: ReadonlyMap<string, CelType> = new Map([
  ["device", new CelType("object", "kubernetes.DRADevice", [], (name) => FIELDS.get(name))],
]);
