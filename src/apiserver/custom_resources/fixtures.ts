import { nextTurn } from "#base/turn.ts";
import type { AnyJson, TestServer } from "../testing.ts";

const GROUP = "stable.example.com";
export const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const CRON_TABS = `/apis/${GROUP}/v1/namespaces/default/crontabs`;

/** The schema of the tests' CronTab: a bit of everything. */
export const SCHEMA = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["cronSpec"],
      properties: {
        cronSpec: { type: "string", pattern: "^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$" },
        image: { type: "string", default: "busybox" },
        replicas: { type: "integer", minimum: 1, maximum: 10, default: 1 },
        suspend: { type: "boolean" },
        mode: { type: "string", enum: ["Fast", "Slow"] },
        port: { "x-kubernetes-int-or-string": true },
        labels: { type: "object", additionalProperties: { type: "string" } },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        steps: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            required: ["name"],
            properties: { name: { type: "string" }, seconds: { type: "integer", default: 5 } },
          },
        },
      },
    },
    status: {
      type: "object",
      properties: { replicas: { type: "integer" }, labelSelector: { type: "string" }, phase: { type: "string" } },
    },
  },
};

export const VERSION = {
  name: "v1",
  served: true,
  storage: true,
  schema: { openAPIV3Schema: SCHEMA as AnyJson },
  subresources: {
    status: {},
    scale: {
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".status.labelSelector",
    },
  },
  additionalPrinterColumns: [
    { name: "Spec", type: "string", jsonPath: ".spec.cronSpec", description: "When it runs." },
    { name: "Replicas", type: "integer", jsonPath: ".spec.replicas" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  selectableFields: [{ jsonPath: ".spec.mode" }],
};

/** The definition of CronTab, with what the caller wants otherwise in its spec. */
export function cronTabs(changes: AnyJson = {}): AnyJson {
  const names = { plural: "crontabs", singular: "crontab", kind: "CronTab", shortNames: ["ct"], categories: ["all"] };
  const spec = { group: GROUP, scope: "Namespaced", names, versions: [VERSION], ...changes };
  return { metadata: { name: `${spec.names.plural}.${spec.group}` }, spec };
}

export function cronTab(name: string, spec: AnyJson = {}): AnyJson {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: "CronTab",
    metadata: { name },
    spec: { cronSpec: "* * * * */5", ...spec },
  };
}

/** Lets the server go on until `check` gives something. */
export async function eventually<T>(check: () => Promise<T | undefined | false>): Promise<T> {
  for (let turn = 0; turn < 1_000; turn++) {
    const found = await check();
    if (found) return found;
    await nextTurn();
  }
  throw new Error(`Not after a thousand turns: ${check.toString()}`);
}

/** Whether a condition of a definition has a status; gives the condition. */
export function conditionOf(definition: AnyJson, type: string): AnyJson {
  return definition.status?.conditions?.find((condition: AnyJson) => condition.type === type);
}

/** Creates a definition and waits until what it declares is served. */
export async function define({ call }: TestServer, definition: AnyJson): Promise<AnyJson> {
  const created = await call("POST", CRDS, definition);
  if (created.code !== 201) throw new Error(created.json.message);
  const path = `${CRDS}/${created.json.metadata.name}`;
  return eventually(async () => {
    const { json } = await call("GET", path);
    return conditionOf(json, "Established")?.status === "True" && json;
  });
}
