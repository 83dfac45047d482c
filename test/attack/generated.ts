import type { OutgoingRequest } from "#base/http.ts";
import type { Random } from "#base/random.ts";
import { KINDS } from "#api/kinds.ts";
import type { AnyKind } from "#api/object.ts";
import { sealEnvelope } from "#api/protobuf/envelope.ts";
import { writeMessage } from "#api/protobuf/write.ts";
import type { Field, ScalarFormat, Schema } from "#api/schema/schema.ts";

const PATCHES = ["json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"];
const ACCEPTED = [
  "application/json",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  "application/json;as=Table;g=meta.k8s.io;v=v1",
  "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
];
const NAMES = ["a", "b", "web", "a.b", "x-1"];
const NAMESPACES = ["default", "default", "default", "kube-system", "none"];
/** Texts at the edges of what fields take. */
const TEXTS = [
  ",a,web,1,-1,0.5,100m,1Gi,a/b,example.com/a,*,:,{},null,true,$(A),Always,Never,TCP,A",
  "10.0.0.1,fd00::1,10.0.0.0/8,2026-01-01T00:00:00Z,1h,1h1m1.5s,http,ClusterIP,Retain",
  `..,../..,/etc/passwd,${"a".repeat(64)},${"A".repeat(300)},é,\u0000,\u{1f600},__proto__,-, `,
].flatMap((line) => line.split(","));
const NUMBERS = [0, 1, -1, 2, 3, 80, 100, 65_535, 65_536, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, -(2 ** 53), 0.5];
/** Kinds that would call others or close the door on what comes after; they are written on dry runs alone. */
const DANGEROUS = new Set(["admissionregistration.k8s.io", "apiregistration.k8s.io", "apiextensions.k8s.io"]);

/** Requests a client might send: mostly of the right shape, with values from the edges of what is allowed. */
export class RequestGenerator {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): OutgoingRequest {
    const kind = this.#of(KINDS);
    const isNamed = this.#chance(70);
    const below =
      isNamed && this.#chance(20) ? `/${this.#of(["status", "scale", "log", "eviction", "x", "binding"])}` : "";
    const target = pathOf(kind, this.#of(NAMESPACES)) + (isNamed ? `/${this.#of(NAMES)}${below}` : "");
    const accept = this.#chance(30) ? this.#of(ACCEPTED) : "application/json";
    const method = this.#method(kind, isNamed);
    const query = this.#query(kind, method);
    const head = { method, target: `${target}?${query}` };
    if (method === "GET" || (method === "DELETE" && this.#chance(50))) return { ...head, headers: { accept } };
    const { type, body } = method === "PATCH" ? this.#patch(kind) : this.#body(kind);
    return { ...head, headers: { accept, "content-type": type }, body };
  }

  /** The same, with bytes of path, headers or body changed at random. */
  malformed(): OutgoingRequest {
    const request = this.next();
    const { body = new Uint8Array() } = request;
    switch (this.#random.below(4)) {
      case 0:
        return { ...request, target: this.#bent(request.target) };
      case 1:
        return {
          ...request,
          headers: { ...request.headers, "content-type": this.#of(["", "a/b", "application/yaml"]) },
        };
      default:
        return { ...request, method: request.method === "GET" ? "POST" : request.method, body: this.#mutilated(body) };
    }
  }

  #method(kind: AnyKind, isNamed: boolean): string {
    const methods = isNamed
      ? ["GET", "PUT", "PATCH", "PATCH", "PATCH", "DELETE", "POST"]
      : ["GET", "POST", "POST", "POST"];
    const method = this.#of(methods);
    // The namespaces must outlive the test.
    return method === "DELETE" && kind.plural === "namespaces" ? "GET" : method;
  }

  #query(kind: AnyKind, method: string): string {
    const query = new URLSearchParams();
    if (method !== "GET" && (DANGEROUS.has(kind.group) || this.#chance(10))) query.set("dryRun", "All");
    if (method === "PATCH") query.set("fieldManager", this.#of(["m", "n"]));
    const more = [
      ["labelSelector", this.#of(["a=b", "a in (b,c)", "!a", "a>1", "=", "a=b,"])],
      ["fieldSelector", this.#of(["metadata.name=a", "a=b", "status.phase!=Running", "\\"])],
      ["limit", this.#of(["1", "0", "-1", "x"])],
      ["resourceVersion", this.#of(["0", "1", "5", "x", "-1", "99999999999999999999"])],
      ["resourceVersionMatch", this.#of(["Exact", "NotOlderThan", "x"])],
      ["continue", this.#of(["x", btoa('{"v":"meta.k8s.io/v1","rv":3,"start":"a"}')])],
      ["fieldValidation", this.#of(["Strict", "Warn", "Ignore", "x"])],
      ["dryRun", this.#of(["All", "x"])],
      ["force", this.#of(["true", "false", "x"])],
      ["propagationPolicy", this.#of(["Orphan", "Foreground", "x"])],
      ["gracePeriodSeconds", this.#of(["0", "-1", "x", "1e9"])],
      ["pretty", "true"],
      ["includeObject", this.#of(["None", "Object", "x"])],
    ] as const;
    while (this.#chance(25)) query.append(...(this.#of(more) as [string, string]));
    return query.toString();
  }

  #body(kind: AnyKind): { type: string; body: Uint8Array } {
    const object = this.#object(kind);
    if (this.#chance(10)) return { type: "application/vnd.kubernetes.protobuf", body: this.#protobuf(kind, object) };
    return { type: this.#chance(90) ? "application/json" : "application/yaml", body: bytesOf(object) };
  }

  #protobuf(kind: AnyKind, object: Record<string, unknown>): Uint8Array {
    const { apiVersion } = kind;
    try {
      return sealEnvelope({ apiVersion, kind: kind.kind, raw: writeMessage(kind.schema, object) });
    } catch {
      return bytesOf(object); // A value of a wrong type has no such form.
    }
  }

  #patch(kind: AnyKind): { type: string; body: Uint8Array } {
    const type = this.#of(PATCHES);
    const object = this.#object(kind);
    const isList = type === "json-patch+json";
    return { type: `application/${type}`, body: bytesOf(isList ? this.#operations(object) : object) };
  }

  #operations(object: object): object[] {
    const paths = [
      "",
      "/metadata/labels",
      "/metadata/labels/a",
      "/spec",
      "/spec/containers/0",
      "/spec/replicas",
      "/x/y",
    ];
    return Array.from({ length: this.#random.below(4) }, () => ({
      op: this.#of(["add", "remove", "replace", "move", "copy", "test", "x"]),
      path: this.#of(paths),
      from: this.#of(paths),
      value: this.#of(Object.values(object)),
    }));
  }

  #object(kind: AnyKind): Record<string, unknown> {
    const metadata: Record<string, unknown> = { name: this.#of(NAMES), namespace: "default" };
    if (this.#chance(20)) metadata["labels"] = { [this.#of(TEXTS)]: this.#of(TEXTS) };
    if (this.#chance(10)) metadata["generateName"] = this.#of(TEXTS);
    const made = this.#value(kind.schema, 0);
    const rest = (typeof made === "object" && made !== null ? made : {}) as Record<string, unknown>;
    return { ...rest, apiVersion: kind.apiVersion, kind: kind.kind, metadata: { ...metadata, ...this.#some(rest) } };
  }

  /** Now and then what was made for the metadata stays. */
  #some(rest: Record<string, unknown>): object {
    return this.#chance(20) ? { ...(rest["metadata"] as object | undefined), namespace: "default" } : {};
  }

  #value(schema: Schema, depth: number): unknown {
    if (this.#chance(2)) return this.#of<unknown>([null, [], {}, "x", 1, true, [null], { a: null }]);
    switch (schema.shape) {
      case "scalar":
        return this.#scalar(schema.format);
      case "list":
        return Array.from({ length: this.#random.below(3) }, () => this.#value(schema.item, depth + 1));
      case "map":
        return { [this.#of(TEXTS)]: this.#value(schema.value, depth + 1) };
      case "object": {
        const fields = Object.entries(schema.fields).filter(([, field]) => this.#isWanted(field, depth));
        return Object.fromEntries(fields.map(([name, field]) => [name, this.#field(field, depth)]));
      }
    }
  }

  #isWanted(field: Field, depth: number): boolean {
    return depth < 9 && this.#chance(field.presence === "required" ? 90 : Math.max(4, 40 - depth * 8));
  }

  #field(field: Field, depth: number): unknown {
    if (field.enum !== undefined && this.#chance(80)) return this.#of(field.enum);
    return this.#value(field.schema, depth + 1);
  }

  #scalar(format: ScalarFormat): unknown {
    switch (format) {
      case "boolean":
        return this.#chance(50);
      case "int32":
      case "int64":
      case "float64":
        return this.#of(NUMBERS);
      case "intOrString":
        return this.#chance(50) ? this.#of(NUMBERS) : this.#of(["50%", "x", "http"]);
      case "any":
      case "rawExtension":
      case "fieldsV1":
        return this.#of<unknown>([{}, { "f:a": {} }, { a: [1] }, "x", null]);
      case "quantity":
        return this.#of(["1", "100m", "1Gi", "-1", "1e3", "x", "", "1.5", "0"]);
      case "time":
      case "microTime":
        return this.#of(["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000Z", "x", ""]);
      default:
        return this.#of(TEXTS);
    }
  }

  /** A path with one of its characters replaced by something that means something. */
  #bent(target: string): string {
    const at = 1 + this.#random.below(target.length - 1);
    return (
      target.slice(0, at) +
      this.#of(["%", "%00", "%2f", "//", "?", "&", "=", "..", "%c3%28", ";"]) +
      target.slice(at + 1)
    );
  }

  #mutilated(body: Uint8Array): Uint8Array {
    const copy = Uint8Array.from(body);
    const at = this.#random.below(Math.max(1, copy.length));
    switch (this.#random.below(4)) {
      case 0:
        return copy.subarray(0, at);
      case 1:
        return Buffer.concat([copy, copy.subarray(at)]);
      case 2:
        return Buffer.concat([copy.subarray(0, at), this.#random.bytes(8), copy.subarray(at)]);
      default:
        for (let flips = 0; flips < 3 && copy.length > 0; flips++) this.#flip(copy, 1 << flips);
        return copy;
    }
  }

  #flip(bytes: Uint8Array, bit: number): void {
    const at = this.#random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ bit;
  }

  #of<T>(choices: readonly T[]): T {
    return choices[this.#random.below(choices.length)] as T;
  }

  #chance(percent: number): boolean {
    return this.#random.below(100) < percent;
  }
}

function pathOf(kind: AnyKind, namespace: string): string {
  const base = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  return kind.scope === "Cluster" ? `${base}/${kind.plural}` : `${base}/namespaces/${namespace}/${kind.plural}`;
}

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value) ?? "");
}
