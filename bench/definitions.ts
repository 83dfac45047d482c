/** CustomResourceDefinitions of the size and shape that operators bring: schemas of about 40 kB, most of it texts. */

type Schema = Readonly<Record<string, unknown>>;

const GROUP = "operators.bench.example";
const text = (about: string) =>
  `${about}. It follows the convention of the API it stands for: what is left out is filled in by the operator when ` +
  "it reconciles the object, and what is set here is kept. More: https://docs.example/concepts/workloads/reference";

const string = (about: string, more: Schema = {}): Schema => ({ type: "string", description: text(about), ...more });
const integer = (about: string): Schema => ({
  type: "integer",
  format: "int32",
  minimum: 0,
  description: text(about),
});
const object = (about: string, properties: Schema, required: readonly string[] = []): Schema => ({
  type: "object",
  description: text(about),
  properties,
  ...(required.length > 0 && { required }),
});
const map = (about: string): Schema => ({
  type: "object",
  description: text(about),
  additionalProperties: { type: "string" },
});
const listOf = (about: string, items: Schema, key?: string): Schema => ({
  type: "array",
  description: text(about),
  items,
  ...(key !== undefined && { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key] }),
});

const QUANTITY: Schema = {
  anyOf: [{ type: "integer" }, { type: "string" }],
  pattern: String.raw`^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$`,
  "x-kubernetes-int-or-string": true,
};

const quantities = (about: string): Schema => ({
  type: "object",
  description: text(about),
  additionalProperties: QUANTITY,
});

const reference = (about: string): Schema =>
  object(about, { name: string("Name of the object"), key: string("Key in its data") }, ["key"]);

const probe = (about: string): Schema =>
  object(about, {
    httpGet: object("A request that is answered when all is well", {
      path: string("Path asked for", { default: "/" }),
      port: { "x-kubernetes-int-or-string": true },
      scheme: string("How to connect", { enum: ["HTTP", "HTTPS"] }),
    }),
    periodSeconds: integer("Seconds between two attempts"),
    timeoutSeconds: integer("Seconds one attempt may take"),
    failureThreshold: integer("Failures in a row after which it counts as failed"),
  });

const selectorTerm = (about: string): Schema =>
  object(about, { key: string("Label"), operator: string("Relation"), values: listOf("Values", { type: "string" }) }, [
    "key",
    "operator",
  ]);

const container = object(
  "One container of the workload",
  {
    name: string("Name of the container", { maxLength: 63, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" }),
    image: string("Image it runs"),
    imagePullPolicy: string("When the image is pulled", { enum: ["Always", "IfNotPresent", "Never"] }),
    args: listOf("Arguments of its program", { type: "string" }),
    env: listOf(
      "Environment of its program",
      object(
        "One variable",
        {
          name: string("Name of the variable"),
          value: string("Its value"),
          valueFrom: object("Where the value comes from", {
            configMapKeyRef: reference("A key of a config map"),
            secretKeyRef: reference("A key of a secret"),
          }),
        },
        ["name"],
      ),
      "name",
    ),
    resources: object("What it needs", { requests: quantities("Asked for"), limits: quantities("At most") }),
    livenessProbe: probe("Whether it lives"),
    readinessProbe: probe("Whether it takes requests"),
    startupProbe: probe("Whether it has started"),
  },
  ["name", "image"],
);

const workload = (about: string): Schema =>
  object(about, {
    replicas: { ...integer("Pods wanted"), default: 1, maximum: 1_000 },
    labels: map("Labels of the pods"),
    annotations: map("Annotations of the pods"),
    containers: listOf("Containers", container, "name"),
    affinity: listOf("Where pods may run", selectorTerm("One condition")),
    storage: object("Volume of each pod", {
      size: QUANTITY,
      className: string("Storage class"),
      selector: listOf("Which volumes", selectorTerm("One condition")),
    }),
  });

const condition = object(
  "One observation",
  {
    type: string("What was observed"),
    status: string("Whether it holds", { enum: ["True", "False", "Unknown"] }),
    reason: string("Why, in one word"),
    message: string("Why, for people"),
    lastTransitionTime: string("Since when", { format: "date-time" }),
  },
  ["type", "status"],
);

/** `count` of them, each of a kind of its own. */
export function benchDefinitions(count: number): object[] {
  return Array.from({ length: count }, (_, index) => definition(`widget${index}s`, `Widget${index}`));
}

function definition(plural: string, kind: string): object {
  const spec = object("What is wanted", {
    mode: string("How it runs", { enum: ["Standalone", "Replicated"] }),
    version: string("Version of the software", { pattern: String.raw`^\d+\.\d+\.\d+$` }),
    server: workload("Those that hold the data"),
    proxy: workload("Those that clients speak to"),
  });
  const status = object("What is", {
    phase: string("How far it has come"),
    readyReplicas: integer("Pods that are ready"),
    conditions: listOf("Observations", condition, "type"),
  });
  const schema = { openAPIV3Schema: object(`A ${kind}`, { spec, status }) };
  const columns = [{ name: "Phase", type: "string", jsonPath: ".status.phase" }];
  const version = { name: "v1", served: true, storage: true, schema, subresources: { status: {} } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [{ ...version, additionalPrinterColumns: columns }],
    },
  };
}
