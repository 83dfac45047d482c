import { Ingress } from "../networking/ingress.ts";
import { IngressClass } from "../networking/ingressclass.ts";
import { IPAddress } from "../networking/ipaddress.ts";
import { NetworkPolicy } from "../networking/networkpolicy.ts";
import { ServiceCIDR } from "../networking/servicecidr.ts";
import type { JsonObject } from "../json.ts";
import { PodDisruptionBudget } from "../policy/poddisruptionbudget.ts";
import { LABEL, SUBDOMAIN, spec, testCreate, testUpdate } from "./cases.test.ts";
import { validateStatusUpdate } from "./validate.ts";

const backend = { service: { name: "web", port: { number: 80 } } };
const path = (change: JsonObject): JsonObject => ({ path: "/", pathType: "Prefix", backend, ...change });
const rule = (...paths: JsonObject[]): JsonObject => spec({ rules: [{ host: "a.example", http: { paths } }] });
const at = "spec.rules[0].http.paths[0]";

testCreate(Ingress, rule(path({})), [
  [
    "neither rules nor a backend",
    spec({ rules: null }),
    "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified",
  ],
  ["no paths", rule(), "spec.rules[0].http.paths: Required value"],
  ["no path type", rule(path({ pathType: null })), `${at}.pathType: Required value: pathType must be specified`],
  [
    "an unknown path type",
    rule(path({ pathType: "Regex" })),
    `${at}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
  ],
  ["a relative path", rule(path({ path: "x" })), `${at}.path: Invalid value: "x": must be an absolute path`],
  ["an empty segment", rule(path({ path: "/a//b" })), `${at}.path: Invalid value: "/a//b": must not contain '//'`],
  ["a path upwards", rule(path({ path: "/a/.." })), `${at}.path: Invalid value: "/a/..": cannot end with '/..'`],
  [
    "no backend",
    rule(path({ backend: {} })),
    `${at}.backend: Invalid value: "": resource or service backend is required`,
  ],
  [
    "a backend without a port",
    rule(path({ backend: { service: { name: "web" } } })),
    `${at}.backend: Required value: port name or number is required`,
  ],
  [
    "two ports",
    rule(path({ backend: { service: { name: "web", port: { name: "http", number: 80 } } } })),
    `${at}.backend: Invalid value: "": cannot set both port name & port number`,
  ],
  [
    "a bad service name",
    rule(path({ backend: { service: { name: "Web", port: { number: 80 } } } })),
    `${at}.backend.service.name: Invalid value: "Web": ${LABEL}`,
  ],
  [
    "a host that is an address",
    spec({ rules: [{ host: "10.0.0.1" }] }),
    'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
  ],
  [
    "a wildcard inside a host",
    spec({ rules: [{ host: "a.*.example" }] }),
    `spec.rules[0].host: Invalid value: "a.*.example": a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
  ],
  ["a bad class", spec({ ingressClassName: "A_" }), `spec.ingressClassName: Invalid value: "A_": ${SUBDOMAIN}`],
  [
    "two classes",
    { metadata: { annotations: { "kubernetes.io/ingress.class": "a" } }, ...spec({ ingressClassName: "b" }) },
    'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
  ],
]);

testUpdate(
  Ingress,
  rule(path({})),
  [
    ["an address", { status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } } }],
    [
      "a host name that is an address",
      { status: { loadBalancer: { ingress: [{ hostname: "10.0.0.1" }] } } },
      'status.loadBalancer.ingress[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ],
  ],
  validateStatusUpdate,
);

testCreate(IngressClass, spec({ controller: "example.com/x", parameters: { kind: "C", name: "n" } }), [
  ["no controller", spec({ controller: null }), "spec.controller: Required value"],
  [
    "a controller without a domain",
    spec({ controller: "x" }),
    'spec.controller: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")',
  ],
  [
    "no namespace",
    spec({ parameters: { scope: "Namespace" } }),
    "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
  ],
  [
    "a namespace of the cluster's",
    spec({ parameters: { namespace: "a" } }),
    "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
  ],
]);
testUpdate(IngressClass, spec({ controller: "example.com/x" }), [
  [
    "another controller",
    spec({ controller: "example.com/y" }),
    'spec.controller: Invalid value: "example.com/y": field is immutable',
  ],
]);

const from = (peer: JsonObject): JsonObject => spec({ ingress: [{ from: [peer] }] });
const port = (change: JsonObject): JsonObject => spec({ egress: [{ ports: [change] }] });
testCreate(NetworkPolicy, spec({ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }), [
  ["an empty peer", from({}), "spec.ingress[0].from[0]: Required value: must specify a peer"],
  [
    "a block and a selector",
    from({ podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } }),
    "spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer",
  ],
  [
    "an exception outside its block",
    from({ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16", "11.0.0.0/16"] } }),
    'spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
  ],
  [
    "ports that end before they begin",
    port({ port: 80, endPort: 79 }),
    "spec.egress[0].ports[0].endPort: Invalid value: 79: must be greater than or equal to `port`",
  ],
  [
    "an end without a beginning",
    port({ endPort: 79 }),
    "spec.egress[0].ports[0].endPort: Invalid value: 79: may not be specified when `port` is not specified",
  ],
  [
    "an unknown type",
    spec({ policyTypes: ["Both"] }),
    'spec.policyTypes[0]: Unsupported value: "Both": supported values: "Ingress", "Egress"',
  ],
]);

const parent = spec({ parentRef: { resource: "services", namespace: "default", name: "a" } });
testCreate(IPAddress, { metadata: { name: "10.0.0.1" }, ...parent }, [
  [
    "a name that is no address",
    { metadata: { name: "web" } },
    'metadata.name: Invalid value: "web": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  ["no holder", spec({ parentRef: null }), "spec.parentRef: Required value"],
  ["a holder of no type", spec({ parentRef: { resource: null } }), "spec.parentRef.resource: Required value"],
]);

testCreate(ServiceCIDR, spec({ cidrs: ["10.96.0.0/16", "2001:db8::/64"] }), [
  ["no range", spec({ cidrs: [] }), "spec.cidrs: Required value: at least one CIDR required"],
  [
    "two of a family",
    spec({ cidrs: ["10.96.0.0/16", "10.97.0.0/16"] }),
    'spec.cidrs: Invalid value: ["10.96.0.0/16","10.97.0.0/16"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
  ],
]);
testUpdate(ServiceCIDR, spec({ cidrs: ["10.96.0.0/16"] }), [
  ["a range of the other family", spec({ cidrs: ["10.96.0.0/16", "2001:db8::/64"] })],
  [
    "another range",
    spec({ cidrs: ["10.97.0.0/16"] }),
    'spec.cidrs[0]: Invalid value: "10.97.0.0/16": field is immutable',
  ],
]);

testCreate(PodDisruptionBudget, spec({ minAvailable: 1, selector: { matchLabels: { app: "web" } } }), [
  [
    "both amounts",
    spec({ minAvailable: 1, selector: null, maxUnavailable: 1 }),
    'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
  ],
  [
    "fewer than none",
    spec({ minAvailable: -1 }),
    "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0",
  ],
  [
    "more than all",
    spec({ minAvailable: "101%" }),
    'spec.minAvailable: Invalid value: "101%": must not be greater than 100%',
  ],
]);
testUpdate(
  PodDisruptionBudget,
  spec({ minAvailable: 1 }),
  [
    [
      "counts below zero",
      { status: { expectedPods: -1 } },
      "status.expectedPods: Invalid value: -1: must be greater than or equal to 0",
    ],
  ],
  validateStatusUpdate,
);
