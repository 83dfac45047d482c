import type { JsonObject } from "../json.ts";
import { DeleteOptions } from "../meta/options.ts";
import { ListMeta } from "../meta/list_meta.ts";
import { Status } from "../meta/status.ts";
import type { AnyKind } from "../object.ts";
import type { ObjectSchema } from "../schema/schema.ts";
import { parametersOf, type Parameter } from "./parameters.ts";
import { operationsOf, type GroupVersionKind, type Operation } from "./operations.ts";
import type { Definitions } from "./types.ts";

/** Types that travel on the paths of kinds without being kinds: Scale, Eviction, TokenRequest. */
export type BodyTypes = (target: GroupVersionKind) => ObjectSchema | undefined;

const PATCH_TYPES = [
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];
/** A custom resource has no merge keys to merge lists by. */
function patchTypes({ schema }: AnyKind): string[] {
  return PATCH_TYPES.filter((type) => schema.lenient !== true || !type.includes("strategic"));
}

const ANSWER_TYPES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
const STREAM_TYPES = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];
const PATCH = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

/** Writes the paths of kinds in one dialect, adding the types they speak of to `definitions`. */
export class PathWriter {
  readonly #definitions: Definitions;
  readonly #bodies: BodyTypes;

  constructor(definitions: Definitions, bodies: BodyTypes) {
    this.#definitions = definitions;
    this.#bodies = bodies;
  }

  pathsOf(kinds: Iterable<AnyKind>): JsonObject {
    const paths: Record<string, JsonObject> = {};
    for (const kind of kinds) {
      for (const operation of operationsOf(kind)) {
        (paths[operation.path] ??= {})[operation.method] = this.#write(kind, operation);
      }
    }
    return Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #write(kind: AnyKind, operation: Operation): JsonObject {
    const shared = {
      description: describe(operation),
      operationId: operation.id,
      tags: [operation.tag],
      "x-kubernetes-action": operation.action,
      "x-kubernetes-group-version-kind": { ...operation.target },
    };
    const [sent, answered] = [this.#sent(kind, operation), this.#answered(kind, operation)];
    return this.#definitions.dialect === 2
      ? { ...shared, ...swagger(kind, operation, sent, answered) }
      : { ...shared, ...openapi(kind, operation, sent, answered) };
  }

  #sent(kind: AnyKind, operation: Operation): JsonObject | undefined {
    if (operation.action === "patch") return this.#definitions.define(PATCH, { type: "object" });
    if (operation.method === "delete") return operation.body && this.#definitions.ref(DeleteOptions);
    return operation.method === "get" ? undefined : this.#body(kind, operation);
  }

  #answered(kind: AnyKind, operation: Operation): JsonObject | undefined {
    if (operation.action === "list") return this.#list(kind);
    if (operation.method === "delete") return operation.body && this.#definitions.ref(Status);
    return this.#body(kind, operation);
  }

  #body(kind: AnyKind, { body }: Operation): JsonObject | undefined {
    if (!body) return undefined;
    const own = body.group === kind.group && body.version === kind.version && body.kind === kind.kind;
    const schema = own ? kind.schema : this.#bodies(body);
    return schema && this.#definitions.ref(schema, { "x-kubernetes-group-version-kind": [{ ...body }] });
  }

  #list(kind: AnyKind): JsonObject {
    const listKind = kind.listKind ?? `${kind.kind}List`;
    const name = `${kind.schema.name.slice(0, kind.schema.name.lastIndexOf("."))}.${listKind}`;
    const { group, version } = kind;
    const item = this.#definitions.ref(kind.schema, {
      "x-kubernetes-group-version-kind": [{ group, version, kind: kind.kind }],
    });
    return this.#definitions.define(name, {
      description: `A list of objects of kind ${kind.kind}.`,
      type: "object",
      required: ["items"],
      properties: {
        apiVersion: { type: "string" },
        items: { type: "array", items: item },
        kind: { type: "string" },
        metadata: this.#definitions.ref(ListMeta),
      },
      "x-kubernetes-group-version-kind": [{ group, version, kind: listKind }],
    });
  }
}

function describe({ action, target }: Operation): string {
  const verbs: Readonly<Record<Operation["action"], string>> = {
    list: "list or watch objects of kind",
    post: "create a",
    put: "replace the specified",
    patch: "partially update the specified",
    get: "read the specified",
    delete: "delete a",
    deletecollection: "delete a collection of",
    connect: "connect to",
  };
  return `${verbs[action]} ${target.kind}`;
}

function codes(operation: Operation): string[] {
  if (operation.action === "post") return ["200", "201", "202"];
  if (operation.action === "put" || operation.action === "patch") return ["200", "201"];
  return operation.action === "delete" ? ["200", "202"] : ["200"];
}

function answerTypes(operation: Operation): string[] {
  if (operation.action === "connect") return ["*/*"];
  return operation.action === "list" ? [...ANSWER_TYPES, ...STREAM_TYPES] : ANSWER_TYPES;
}

function swagger(
  kind: AnyKind,
  operation: Operation,
  sent: JsonObject | undefined,
  answered: JsonObject | undefined,
): JsonObject {
  const body = sent && { name: "body", in: "body", required: operation.method !== "delete", schema: sent };
  const answer = { description: "OK", ...(answered && { schema: answered }) };
  const parameter = (each: Parameter): JsonObject => ({
    name: each.name,
    in: each.in,
    type: each.type,
    description: each.description,
    uniqueItems: true,
    ...(each.in === "path" && { required: true }),
  });
  return {
    consumes: operation.action === "patch" ? patchTypes(kind) : ["*/*"],
    produces: answerTypes(operation),
    schemes: ["https"],
    parameters: [...(body ? [body] : []), ...parametersOf(operation).map(parameter)],
    responses: {
      ...Object.fromEntries(codes(operation).map((code) => [code, answer])),
      "401": { description: "Unauthorized" },
    },
  };
}

function openapi(
  kind: AnyKind,
  operation: Operation,
  sent: JsonObject | undefined,
  answered: JsonObject | undefined,
): JsonObject {
  const content = (types: readonly string[], schema: JsonObject): JsonObject =>
    Object.fromEntries(types.map((type) => [type, { schema }]));
  const answer = { description: "OK", ...(answered && { content: content(answerTypes(operation), answered) }) };
  const parameter = (each: Parameter): JsonObject => ({
    name: each.name,
    in: each.in,
    description: each.description,
    ...(each.in === "path" && { required: true }),
    schema: { type: each.type, uniqueItems: true },
  });
  const sentTypes = operation.action === "patch" ? patchTypes(kind) : ["*/*"];
  return {
    parameters: parametersOf(operation).map(parameter),
    ...(sent && {
      requestBody: { content: content(sentTypes, sent), ...(operation.method !== "delete" && { required: true }) },
    }),
    responses: {
      ...Object.fromEntries(codes(operation).map((code) => [code, answer])),
      "401": { description: "Unauthorized" },
    },
  };
}
