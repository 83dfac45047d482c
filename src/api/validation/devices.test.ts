import type { JsonObject } from "../json.ts";
import { DeviceClass } from "../resource/deviceclass.ts";
import { ResourceClaim } from "../resource/resourceclaim.ts";
import { ResourceClaimTemplate } from "../resource/resourceclaimtemplate.ts";
import { ResourceSlice } from "../resource/resourceslice.ts";
import { LABEL, SUBDOMAIN, spec, testCreate, testUpdate } from "./cases.test.ts";
import { validateStatusUpdate } from "./validate.ts";

const exactly = (change: JsonObject = {}): JsonObject => ({
  name: "gpu",
  exactly: { deviceClassName: "gpu.example.com", ...change },
});
const devices = (change: JsonObject): JsonObject => spec({ devices: change });
const requests = (...each: JsonObject[]): JsonObject => devices({ requests: each });
const selector = (expression: string): JsonObject => ({ cel: { expression } });
const AT = "spec.devices.requests[0]";
const REFERENCE =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
const GOOD = requests(exactly({ selectors: [selector('device.attributes["gpu.example.com"].model == "a"')] }), {
  name: "any",
  firstAvailable: [
    { name: "big", deviceClassName: "a" },
    { name: "small", deviceClassName: "b" },
  ],
});

testCreate(ResourceClaim, GOOD, [
  ["a bad name", requests({ ...exactly(), name: "A" }), `${AT}.name: Invalid value: "A": ${LABEL}`],
  ["one name twice", requests(exactly(), exactly()), 'spec.devices.requests[1]: Duplicate value: "gpu"'],
  [
    "a request for nothing",
    requests({ name: "a" }),
    `${AT}: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`,
  ],
  [
    "all devices, counted",
    requests(exactly({ allocationMode: "All", count: 2 })),
    `${AT}.exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`,
  ],
  [
    "fewer than one",
    requests(exactly({ count: -1 })),
    `${AT}.exactly.count: Invalid value: -1: must be greater than zero`,
  ],
  [
    "an unknown mode",
    requests(exactly({ allocationMode: "Some" })),
    `${AT}.exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"`,
  ],
  [
    "expressions that are not whether",
    requests(exactly({ selectors: [{}, selector("device.driver"), selector("device.colour")] })),
    `${AT}.exactly.selectors[0].cel: Required value`,
    `${AT}.exactly.selectors[1].cel.expression: Invalid value: "device.driver": must evaluate to bool or the unknown type, not string`,
    `${AT}.exactly.selectors[2].cel.expression: Invalid value: "device.colour": compilation failed: ERROR: <input>:1:7: undefined field 'colour'\n | device.colour\n | ......^`,
  ],
  [
    "a toleration of nothing that has a value",
    requests(exactly({ tolerations: [{ operator: "Exists", value: "a" }] })),
    `${AT}.exactly.tolerations[0].value: Invalid value: "a": must be empty for operator \`Exists\``,
  ],
  [
    "constraints on what is not there",
    devices({ constraints: [{ requests: ["any/big", "gpu/a"], matchAttribute: "model" }, {}] }),
    `spec.devices.constraints[0].requests[1]: Invalid value: "gpu/a": ${REFERENCE}`,
    'spec.devices.constraints[0].matchAttribute: Invalid value: "model": a fully qualified name must be a domain and a name separated by a slash',
    'spec.devices.constraints[1]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
  ],
  [
    "configuration for nobody",
    devices({ config: [{ requests: ["gpu"] }, { opaque: { driver: "d" } }] }),
    "spec.devices.config[0].opaque: Required value",
    "spec.devices.config[1].opaque.parameters: Required value",
  ],
  [
    "too many requests",
    requests(...Array.from({ length: 33 }, (_, i) => ({ ...exactly(), name: `r${i}` }))),
    "spec.devices.requests: Too many: 33: must have at most 32 items",
  ],
]);
testUpdate(ResourceClaim, GOOD, [
  [
    "another wish",
    requests({ name: "A" }),
    'spec: Invalid value: {"devices":{"requests":[{"name":"A"}]}}: field is immutable',
  ],
]);
const given = (change: JsonObject = {}): JsonObject => ({
  status: {
    allocation: { devices: { results: [{ request: "gpu", driver: "d", pool: "p", device: "x", ...change }] } },
    reservedFor: [{ resource: "pods", name: "a", uid: "u" }],
  },
});
const RESULT = "status.allocation.devices.results[0]";
testUpdate(
  ResourceClaim,
  GOOD,
  [
    ["what was asked for", given()],
    ["what nobody asked for", given({ request: "b" }), `${RESULT}.request: Invalid value: "b": ${REFERENCE}`],
    [
      "users of nothing",
      { status: { reservedFor: [{ resource: "pods", name: "a", uid: "u" }] } },
      "status.reservedFor: Forbidden: may not be specified when `allocated` is not set",
    ],
    [
      "what is said of other devices",
      { status: { devices: [{ driver: "d", pool: "p", device: "y", networkData: { ips: ["10.0.0.1"] } }] } },
      'status.devices[0]: Invalid value: "d/p/y": must be an allocated device in the claim',
      'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
    ],
  ],
  validateStatusUpdate,
);
testCreate(ResourceClaimTemplate, spec(GOOD), [
  [
    "a bad claim",
    spec({ metadata: { labels: { "": "a" } }, ...requests({ name: "a" }) }),
    'spec.metadata.labels: Invalid value: "": name part must be non-empty',
    "spec.metadata.labels: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    "spec.spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required",
  ],
]);
testCreate(DeviceClass, spec({ selectors: [selector("true")] }), [
  [
    "a resource of Kubernetes' own",
    spec({ extendedResourceName: "cpu" }),
    'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
  ],
  ["configuration for nobody", spec({ config: [{}] }), "spec.config[0].opaque: Required value"],
]);
testUpdate(DeviceClass, spec({ selectors: [selector("1")] }), [
  ["what stood there before", { metadata: { labels: { a: "b" } } }],
]);

const PLACED = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
const pool = { name: "p", generation: 1, resourceSliceCount: 1 };
const slice = (...each: JsonObject[]): JsonObject => spec({ devices: each });
testCreate(ResourceSlice, spec({ driver: "d", nodeName: "n", pool }), [
  ["no driver", spec({ driver: "" }), "spec.driver: Required value"],
  [
    "a bad pool",
    spec({ pool: { name: "p/A", generation: -1, resourceSliceCount: 0 } }),
    `spec.pool.name: Invalid value: "A": ${SUBDOMAIN}`,
    "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
    "spec.pool.generation: Invalid value: -1: must be greater than or equal to zero",
  ],
  ["devices nowhere", spec({ nodeName: null }), `spec: Required value: ${PLACED}`],
  [
    "devices here and everywhere",
    spec({ allNodes: true }),
    `spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${PLACED}, but multiple fields are set`,
  ],
  [
    "counters beside devices",
    spec({ devices: [{ name: "a" }], sharedCounters: [{ name: "c", counters: { m: { value: "1" } } }] }),
    'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
  ],
  ["one device twice", slice({ name: "a" }, { name: "a" }), 'spec.devices[1]: Duplicate value: "a"'],
  [
    "attributes of no kind or of two",
    slice({ name: "a", attributes: { x: {}, y: { int: 1, bool: true }, "d.e/1": { version: "1" } } }),
    "spec.devices[0].attributes: Invalid value: \"1\": a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')",
    'spec.devices[0].attributes[d.e/1].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0',
    'spec.devices[0].attributes[x]: Invalid value: "": exactly one value must be specified',
    'spec.devices[0].attributes[y]: Invalid value: {"int":1,"bool":true}: exactly one value must be specified',
  ],
  [
    "shares of what is not shared",
    slice({ name: "a", capacity: { m: { value: "1Gi", requestPolicy: { default: "1Gi" } } } }),
    "spec.devices[0].capacity[m].requestPolicy: Forbidden: allowMultipleAllocations must be true",
  ],
  [
    "steps that lead nowhere",
    slice({
      name: "a",
      allowMultipleAllocations: true,
      capacity: { m: { value: "10", requestPolicy: { default: "3", validRange: { min: "1", max: "12", step: "3" } } } },
    }),
    'spec.devices[0].capacity[m].requestPolicy.validRange.max: Invalid value: "12": max is larger than capacity value: 10',
    'spec.devices[0].capacity[m].requestPolicy.validRange.step: Invalid value: "3": value is not a multiple of a given step (3) from (1)',
    'spec.devices[0].capacity[m].requestPolicy.validRange.step: Invalid value: "12": value is not a multiple of a given step (3) from (1)',
  ],
  [
    "a device that says where it is",
    slice({ name: "a", nodeName: "n" }),
    "spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec",
  ],
  [
    "conditions of failure alone",
    slice({ name: "a", bindingFailureConditions: ["f"] }),
    "spec.devices[0].bindingConditions: Invalid value: null: bindingConditions are required to use bindingFailureConditions",
  ],
  [
    "a taint without an effect",
    slice({ name: "a", taints: [{ key: "k" }] }),
    "spec.devices[0].taints[0].effect: Required value",
  ],
]);
