import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container } from "#api/core/container.ts";
import type { Service } from "#api/core/service.ts";
import { ConfigError } from "./config_error.ts";
import { containerEnvironment } from "./environment.ts";
import { expandVariables } from "./expansion.ts";
import type { Reference } from "./references.ts";
import { serviceVariables } from "./service_variables.ts";
import { containerOf, podOf } from "./pod_fixtures.ts";

const variables = new Map([
  ["A", "1"],
  ["EMPTY", ""],
]);
const EXPANSIONS: readonly (readonly [text: string, expanded: string])[] = [
  ["$(A)", "1"],
  ["a-$(A)-b", "a-1-b"],
  ["$(A)$(A)", "11"],
  ["$(EMPTY)x", "x"],
  ["$(NONE)", "$(NONE)"],
  ["$$(A)", "$(A)"],
  ["$$$(A)", "$1"],
  ["$A", "$A"],
  ["$(A", "$(A"],
  ["cost: 5$", "cost: 5$"],
  ["$$", "$"],
  ["", ""],
];
for (const [text, expanded] of EXPANSIONS) {
  test(`expandVariables() makes ${JSON.stringify(expanded)} of ${JSON.stringify(text)}`, () => {
    assert.equal(expandVariables(text, variables), expanded);
  });
}

function service(namespace: string, name: string, clusterIP: string, ports: object[]): Service {
  return { metadata: { namespace, name }, spec: { clusterIP, ports } } as unknown as Service;
}

const SERVICES = [
  service("default", "kubernetes", "10.96.0.1", [{ name: "https", port: 443, protocol: "TCP" }]),
  service("shop", "my-db", "10.96.0.7", [
    { name: "sql", port: 3306, protocol: "TCP" },
    { port: 53, protocol: "UDP" },
  ]),
  service("shop", "headless", "None", [{ port: 1, protocol: "TCP" }]),
  service("other", "away", "10.96.0.9", [{ port: 1, protocol: "TCP" }]),
];

test("serviceVariables() names the services of the namespace and the API", () => {
  assert.deepEqual(Object.fromEntries(serviceVariables(SERVICES, "shop", true)), {
    KUBERNETES_SERVICE_HOST: "10.96.0.1",
    KUBERNETES_SERVICE_PORT: "443",
    KUBERNETES_SERVICE_PORT_HTTPS: "443",
    KUBERNETES_PORT: "tcp://10.96.0.1:443",
    KUBERNETES_PORT_443_TCP: "tcp://10.96.0.1:443",
    KUBERNETES_PORT_443_TCP_PROTO: "tcp",
    KUBERNETES_PORT_443_TCP_PORT: "443",
    KUBERNETES_PORT_443_TCP_ADDR: "10.96.0.1",
    MY_DB_SERVICE_HOST: "10.96.0.7",
    MY_DB_SERVICE_PORT: "3306",
    MY_DB_SERVICE_PORT_SQL: "3306",
    MY_DB_PORT: "tcp://10.96.0.7:3306",
    MY_DB_PORT_3306_TCP: "tcp://10.96.0.7:3306",
    MY_DB_PORT_3306_TCP_PROTO: "tcp",
    MY_DB_PORT_3306_TCP_PORT: "3306",
    MY_DB_PORT_3306_TCP_ADDR: "10.96.0.7",
    MY_DB_PORT_53_UDP: "udp://10.96.0.7:53",
    MY_DB_PORT_53_UDP_PROTO: "udp",
    MY_DB_PORT_53_UDP_PORT: "53",
    MY_DB_PORT_53_UDP_ADDR: "10.96.0.7",
  });
});

test("serviceVariables() without links names only the API", () => {
  const names = [...serviceVariables(SERVICES, "shop", false).keys()];
  assert.ok(names.length > 0 && names.every((name) => name.startsWith("KUBERNETES_")));
});

const OBJECTS: Record<string, Record<string, string>> = {
  "ConfigMap settings": { a: "from-map", b: "$(A)" },
  "Secret keys": { k: "hush" },
};

async function environment(container: Partial<Container>, services: readonly Service[] = []) {
  const found = await containerEnvironment({
    pod: podOf({ metadata: { namespace: "shop", labels: { app: "web" } } }),
    container: containerOf(container),
    place: {
      nodeName: "n1",
      nodeIp: "10.0.0.1",
      podIp: "10.244.0.9",
      allocatable: { cpuMilli: 4000, memoryBytes: 2 ** 30, storageBytes: 2 ** 33 },
    },
    services,
    references: {
      async read({ kind, name }: Reference) {
        const values = OBJECTS[`${kind} ${name}`];
        return values && new Map(Object.entries(values).map(([key, text]) => [key, new TextEncoder().encode(text)]));
      },
    },
  });
  return Object.fromEntries(found);
}

const limits = { limits: { cpu: "1500m", memory: "64Mi" } };
const ENVIRONMENTS: readonly { name: string; container: Partial<Container>; want: Record<string, string> }[] = [
  {
    name: "lets a value refer to those before it, not after",
    container: {
      env: [
        { name: "A", value: "1" },
        { name: "B", value: "$(A)-$(C)" },
        { name: "C", value: "3" },
      ],
    },
    want: { A: "1", B: "1-$(C)", C: "3" },
  },
  {
    name: "takes all of a ConfigMap with a prefix, and does not expand what comes from it",
    container: { envFrom: [{ prefix: "P_", configMapRef: { name: "settings" } }] },
    want: { P_a: "from-map", P_b: "$(A)" },
  },
  {
    name: "prefers env to envFrom",
    container: { envFrom: [{ configMapRef: { name: "settings" } }], env: [{ name: "a", value: "own" }] },
    want: { a: "own", b: "$(A)" },
  },
  {
    name: "reads keys of ConfigMaps and Secrets, leaving out what is optional and absent",
    container: {
      env: [
        { name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } },
        { name: "K", valueFrom: { secretKeyRef: { name: "keys", key: "k" } } },
        { name: "X", valueFrom: { configMapKeyRef: { name: "settings", key: "x", optional: true } } },
        { name: "Y", valueFrom: { secretKeyRef: { name: "none", key: "y", optional: true } } },
      ],
      envFrom: [{ secretRef: { name: "none", optional: true } }],
    },
    want: { A: "from-map", K: "hush" },
  },
  {
    name: "knows the pod's fields and the container's resources",
    container: {
      resources: limits,
      env: [
        { name: "NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
        { name: "APP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.labels['app']" } } },
        { name: "IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } },
        { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "0" } } },
        { name: "CPU_M", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } } },
        { name: "MEM", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
        { name: "DISK", valueFrom: { resourceFieldRef: { resource: "limits.ephemeral-storage", divisor: "1Gi" } } },
      ],
    },
    want: { NAME: "web", APP: "web", IP: "10.244.0.9", CPU: "2", CPU_M: "1500", MEM: "64", DISK: "8" },
  },
];
for (const { name, container, want } of ENVIRONMENTS) {
  test(`containerEnvironment() ${name}`, async () => assert.deepEqual(await environment(container), want));
}

test("containerEnvironment() lets values refer to services, and hides a service's variable by an own one", async () => {
  const env = [
    { name: "URL", value: "$(MY_DB_PORT)" },
    { name: "MY_DB_SERVICE_HOST", value: "elsewhere" },
  ];
  const found = await environment({ env }, SERVICES);
  assert.equal(found["URL"], "tcp://10.96.0.7:3306");
  assert.equal(found["MY_DB_SERVICE_HOST"], "elsewhere");
});

const REFUSALS: readonly { container: Partial<Container>; message: string }[] = [
  {
    container: { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "none", key: "a" } } }] },
    message: 'configmap "none" not found',
  },
  { container: { envFrom: [{ secretRef: { name: "none" } }] }, message: 'secret "none" not found' },
  {
    container: { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "x" } } }] },
    message: "couldn't find key x in ConfigMap shop/settings",
  },
];
for (const { container, message } of REFUSALS) {
  test(`containerEnvironment() refuses: ${message}`, async () => {
    await assert.rejects(environment(container), new ConfigError(message));
  });
}
