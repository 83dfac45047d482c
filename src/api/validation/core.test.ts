import { Lease } from "../coordination/lease.ts";
import { ConfigMap } from "../core/configmap.ts";
import { Endpoints } from "../core/endpoints.ts";
import { LimitRange } from "../core/limitrange.ts";
import { Namespace } from "../core/namespace.ts";
import { Node } from "../core/node.ts";
import { PersistentVolume } from "../core/persistentvolume.ts";
import { PersistentVolumeClaim } from "../core/persistentvolumeclaim.ts";
import { ResourceQuota } from "../core/resourcequota.ts";
import { Secret } from "../core/secret.ts";
import { Service } from "../core/service.ts";
import { EndpointSlice } from "../discovery/endpointslice.ts";
import { Event } from "../events/event.ts";
import { testCreate, testUpdate, spec } from "./cases.test.ts";

const service = spec({ ports: [{ port: 80 }] });
testCreate(Service, service, [
  ["no ports", spec({ ports: [] }), "spec.ports: Required value"],
  [
    "ports without names",
    spec({ ports: [{ port: 80 }, { port: 81, name: "b" }] }),
    "spec.ports[0].name: Required value",
  ],
  [
    "a port twice",
    spec({
      ports: [
        { port: 80, name: "a" },
        { port: 80, name: "b" },
      ],
    }),
    'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
  ],
  [
    "a node port inside",
    spec({ ports: [{ port: 80, nodePort: 30000 }] }),
    "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  ],
  ["no name elsewhere", spec({ type: "ExternalName" }), "spec.externalName: Required value"],
  [
    "an address that is none",
    spec({ clusterIP: "300.1.1.1", clusterIPs: ["300.1.1.1"] }),
    'spec.clusterIPs[0]: Invalid value: "300.1.1.1": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    "an address with leading zeros",
    spec({ externalIPs: ["010.0.0.1"] }),
    'spec.externalIPs[0]: Invalid value: "010.0.0.1": must not have leading 0s',
  ],
]);
testUpdate(Service, spec({ ports: [{ port: 80 }], clusterIP: "10.96.0.5", clusterIPs: ["10.96.0.5"] }), [
  [
    "another address",
    spec({ clusterIP: "10.96.0.6", clusterIPs: ["10.96.0.6"] }),
    'spec.clusterIPs[0]: Invalid value: ["10.96.0.6"]: may not change once set',
  ],
]);

testCreate(ConfigMap, { data: { a: "b" } }, [
  [
    "a bad key",
    { data: { "a b": "c" } },
    `data[a b]: Invalid value: "a b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
  ],
  ["a key twice", { binaryData: { a: "YQ==" } }, 'data[a]: Invalid value: "a": duplicate of key present in binaryData'],
  ["too much", { data: { a: "x".repeat(1024 * 1024 + 1) } }, "[]: Too long: may not be more than 1048576 bytes"],
  [
    "too many annotations",
    { metadata: { annotations: { a: "x".repeat(256 * 1024) } } },
    "metadata.annotations: Too long: may not be more than 262144 bytes",
  ],
]);
testUpdate(ConfigMap, { immutable: true, data: { a: "b" } }, [
  ["what is immutable", { data: { a: "c" } }, "data: Forbidden: field is immutable when `immutable` is set"],
]);
testCreate(Secret, {}, [
  [
    "a certificate without its key",
    { type: "kubernetes.io/tls", data: { "tls.crt": "" } },
    "data[tls.key]: Required value",
  ],
]);
testUpdate(Secret, {}, [["another type", { type: "x" }, 'type: Invalid value: "x": field is immutable']]);
testCreate(Namespace, {}, [
  ["dots", { metadata: { name: "a.b" } }, 'metadata.name: Invalid value: "a.b": must not contain dots'],
]);
testCreate(Node, {}, [
  ["a taint without effect", spec({ taints: [{ key: "a", effect: "" }] }), "metadata.taints[0].effect: Required value"],
  ["a namespace", { metadata: { namespace: "x" } }, "metadata.namespace: Forbidden: not allowed on this type"],
  [
    "a range with more bits",
    spec({ podCIDRs: ["10.0.0.1/24"] }),
    'spec.podCIDRs[0]: Invalid value: "10.0.0.1/24": must not have bits set beyond the prefix length',
  ],
]);
const claim = spec({ accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } });
testCreate(PersistentVolumeClaim, claim, [
  ["no mode", spec({ accessModes: [] }), "spec.accessModes: Required value: at least 1 access mode is required"],
  [
    "nothing",
    spec({ resources: { requests: { storage: "0" } } }),
    'spec.resources[storage]: Invalid value: "0": must be greater than zero',
  ],
]);
testCreate(
  PersistentVolume,
  spec({ accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: "/x" } }),
  [
    ["no source", spec({ hostPath: null }), "spec: Required value: must specify a volume type"],
    [
      "a way up",
      spec({ hostPath: { path: "/x/../y" } }),
      `spec.hostPath.path: Invalid value: "/x/../y": must not contain '..'`,
    ],
  ],
);
testCreate(ResourceQuota, spec({ hard: { pods: "1" } }), [
  ["half a pod", spec({ hard: { pods: "1500m" } }), 'spec.hard[pods]: Invalid value: "1500m": must be an integer'],
  [
    "opposite scopes",
    spec({ scopes: ["Terminating", "NotTerminating"] }),
    'spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes',
  ],
]);
testCreate(LimitRange, spec({ limits: [{ type: "Container", max: { cpu: "1" } }] }), [
  [
    "a minimum above the maximum",
    spec({ limits: [{ type: "Pod", max: { cpu: "1" }, min: { cpu: "2" } }] }),
    'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
  ],
]);
testCreate(Lease, {}, [
  ["no time", spec({ leaseDurationSeconds: 0 }), "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"],
]);
testCreate(Endpoints, { subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }] }, [
  [
    "this machine",
    { subsets: [{ addresses: [{ ip: "127.0.0.1" }] }] },
    'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ],
]);
testCreate(EndpointSlice, { addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.1"] }], ports: [] }, [
  [
    "the other family",
    { endpoints: [{ addresses: ["2001:db8::1"] }] },
    'endpoints[0].addresses: Invalid value: "2001:db8::1": must be an IPv4 address',
  ],
  [
    "no address",
    { endpoints: [{ addresses: [] }] },
    "endpoints[0].addresses: Required value: must contain at least 1 address",
  ],
]);
testCreate(
  Event,
  {
    eventTime: "2026-01-01T00:00:00.000000Z",
    reportingController: "a/b",
    reportingInstance: "c",
    action: "d",
    reason: "e",
    type: "Normal",
    regarding: { namespace: "default" },
  },
  [["no type", { type: "Odd" }, 'type: Invalid value: "": has invalid value: Odd']],
);
