import assert from "node:assert/strict";
import { dump } from "js-yaml";
import { nextTurn } from "#base/turn.ts";
import { CustomResourceDefinition } from "#api/apiextensions/customresourcedefinition.ts";
import { Scale } from "#api/autoscaling/scale.ts";
import { decode, decodable, type Decodable } from "#api/codec/decode.ts";
import { documentOf } from "#api/codec/document.ts";
import { Binding } from "#api/core/binding.ts";
import { DeleteOptions } from "#api/meta/options.ts";
import { PartialObjectMetadata } from "#api/meta/partial_object_metadata.ts";
import type { AnyKind } from "#api/object.ts";
import { Eviction } from "#api/policy/eviction.ts";
import { encodeProtobuf } from "#api/protobuf/encode.ts";
import { openEnvelope } from "#api/protobuf/envelope.ts";
import { readMessage } from "#api/protobuf/read.ts";
import { readFields } from "#api/protobuf/wire.ts";
import { ByteLog, type Answer, type AnyJson, type CallOptions, type TestServer } from "#apiserver/testing.ts";
import type { Row } from "./rows.ts";
import { sampleOf } from "./samples.ts";

const PROTOBUF = "application/vnd.kubernetes.protobuf";
const PATCH_TYPES: Readonly<Record<string, string>> = {
  "json patch": "application/json-patch+json",
  "merge patch": "application/merge-patch+json",
  "strategic merge patch": "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};
const META = "g=meta.k8s.io;v=v1";
const ANY = { dryRun: "?dryRun=All", strict: "?fieldValidation=Strict", uid: "00000000-0000-0000-0000-000000000000" };
const UNKNOWN = 'unknown field "unknownField"';

/** Objects of these exist only while nodes measure them. */
const MEASURED = "metrics.k8s.io";

/** Sends the requests of one kind's rows and judges the answers. */
export class KindRequests {
  readonly #server: TestServer;
  readonly #kind: AnyKind;
  /** Counts the objects made, so that each has a name of its own. */
  #made = 0;

  constructor(server: TestServer, kind: AnyKind) {
    this.#server = server;
    this.#kind = kind;
  }

  async perform(row: Row): Promise<void> {
    const { verb, subresource, form } = row;
    if (form === "elsewhere") return this.#isKnown(subresource);
    if (form === "not allowed") return this.#isRefused(verb);
    if (verb === "create") return subresource === "" ? this.#create(form) : this.#createBelow(subresource, form);
    if (verb === "get") return this.#get(subresource, form);
    if (verb === "list") return this.#list(form);
    if (verb === "watch") return this.#watch(form);
    if (verb === "update") return this.#update(subresource, form);
    if (verb === "patch") return this.#patch(subresource, form);
    if (verb === "delete") return this.#delete(form);
    return this.#deleteCollection(form);
  }

  get #collection(): string {
    const { group, version, plural, scope } = this.#kind;
    const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    return `${base}/${scope === "Namespaced" ? "namespaces/default/" : ""}${plural}`;
  }

  #call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer> {
    return this.#server.call(method, path, body, options);
  }

  #sample(labels?: object): AnyJson {
    const sample = sampleOf(this.#kind, this.#made++);
    return { ...sample, metadata: { ...sample.metadata, ...(labels && { labels }) } };
  }

  /** A stored object of the kind: its path and what the server says of it. */
  async #fresh(labels?: object): Promise<{ path: string; object: AnyJson }> {
    const sample = this.#sample(labels);
    if (this.#kind === Binding) await this.#pod(sample.metadata.name);
    const { code, json, text } = await this.#call("POST", this.#collection, sample);
    assert.equal(code, 201, text);
    const path = `${this.#collection}/${sample.metadata.name}`;
    return { path, object: this.#kind === CustomResourceDefinition ? await this.#established(path) : json };
  }

  /** A definition of custom resources when the server has said all it has to say of it. */
  async #established(path: string): Promise<AnyJson> {
    for (;;) {
      const { json } = await this.#call("GET", path);
      if (json.status.conditions?.some(({ type }: AnyJson) => type === "Established")) return json;
      await nextTurn();
    }
  }

  async #pod(name: string): Promise<void> {
    const spec = { containers: [{ name: "web", image: "nginx" }] };
    await this.#call("POST", "/api/v1/namespaces/default/pods", { metadata: { name }, spec });
  }

  /** Some object that can be read. */
  async #existing(): Promise<string> {
    if (this.#kind.verbs.includes("create")) return (await this.#fresh()).path;
    return `${this.#collection}/${this.#kind.group === MEASURED ? "none" : "etcd-0"}`;
  }

  async #isKnown(subresource: string): Promise<void> {
    const { path } = await this.#fresh();
    const { text } = await this.#call("GET", `${path}/${subresource}`);
    assert.doesNotMatch(text, /the server could not find the requested resource/);
  }

  async #isRefused(verb: string): Promise<void> {
    const item = `${this.#collection}/o`;
    const [method, path]: readonly [string, string] = (
      {
        create: ["POST", this.#collection],
        get: ["GET", item],
        list: ["GET", this.#collection],
        watch: ["GET", `${this.#collection}?watch=true`],
        update: ["PUT", item],
        patch: ["PATCH", item],
        delete: ["DELETE", item],
        deletecollection: ["DELETE", this.#collection],
      } as const
    )[verb] ?? ["", ""];
    const { code, json } = await this.#call(method, path);
    assert.deepEqual([code, json.reason], [405, "MethodNotAllowed"]);
  }

  async #create(form: string): Promise<void> {
    const sample = this.#sample();
    if (this.#kind === Binding) await this.#pod(sample.metadata.name);
    const answer = await this.#write("POST", this.#collection, this.#kind, sample, form);
    if (form === "dry run" && this.#kind.verbs.includes("get")) {
      const { code } = await this.#call("GET", `${this.#collection}/${sample.metadata.name}`);
      assert.equal(code, 404, "it was not to be stored");
    }
    if (answer.code !== 201) this.#judgeRefusedWrite(answer, form);
    else if (form === "warn") assert.match(answer.headers["warning"] ?? "", /unknown field \\"unknownField\\"/);
  }

  #judgeRefusedWrite({ code, text, json }: Answer, form: string): void {
    if (form === "strict")
      assert.deepEqual([code, json.message.endsWith(`strict decoding error: ${UNKNOWN}`)], [400, true]);
    else if (form === "an unknown body") assert.equal(code, 415, text);
    else if (form === "another version") assert.deepEqual([code, json.reason], [409, "Conflict"]);
    else assert.fail(`${form}: ${text}`);
  }

  /** Sends an object in the form of a row. */
  #write(method: string, path: string, target: Decodable, object: AnyJson, form: string): Promise<Answer> {
    const unknown = { ...object, unknownField: 1 };
    if (form === "yaml") return this.#call(method, path, dump(object), { contentType: "application/yaml" });
    if (form === "protobuf") {
      const { apiVersion, kind } = object;
      const body = encodeProtobuf(target.schema, { ...whole(target, object), apiVersion, kind });
      return this.#call(method, path, body, { contentType: PROTOBUF });
    }
    if (form === "dry run") return this.#call(method, path + ANY.dryRun, object);
    if (form === "strict") return this.#call(method, path + ANY.strict, unknown);
    if (form === "warn") return this.#call(method, path, unknown);
    if (form === "an unknown body") return this.#call(method, path, "x", { contentType: "text/plain" });
    if (form === "another version") {
      return this.#call(method, path, { ...object, metadata: { ...object.metadata, resourceVersion: "1" } });
    }
    return this.#call(method, path, object);
  }

  async #createBelow(subresource: string, form: string): Promise<void> {
    const { path, object } = await this.#fresh();
    const { name } = object.metadata;
    const isBinding = subresource === "binding";
    const body = isBinding
      ? { apiVersion: "v1", kind: "Binding", metadata: { name }, target: { kind: "Node", name: "n" } }
      : { apiVersion: "policy/v1", kind: "Eviction", metadata: { name } };
    const answer = await this.#write(
      "POST",
      `${path}/${subresource}`,
      isBinding ? Binding : decodable(Eviction),
      body,
      form,
    );
    assert.equal(answer.code, 201, answer.text);
    const after = await this.#call("GET", path);
    const isDone = isBinding ? after.json.spec.nodeName === "n" : after.code === 404;
    assert.equal(isDone, form !== "dry run");
  }

  #target(subresource: string): Decodable {
    return subresource === "scale" ? decodable(Scale) : this.#kind;
  }

  async #get(subresource: string, form: string): Promise<void> {
    const path = `${await this.#existing()}${subresource === "" ? "" : `/${subresource}`}`;
    const answer = await this.#call("GET", path, undefined, accepting(form, "PartialObjectMetadata"));
    const plain = await this.#call("GET", path);
    if (this.#kind.group === MEASURED) {
      assert.equal(answer.code, 404);
      return;
    }
    if (form === "none is met") {
      assert.equal(answer.code, 406);
      return;
    }
    assert.equal(answer.code, 200, answer.text);
    const target = this.#target(subresource);
    if (form === "json") assert.equal(answer.json.kind, target.kind);
    if (form === "yaml") assert.match(answer.text, new RegExp(`^kind: ${target.kind}$`, "m"));
    if (form === "protobuf") assert.deepEqual(read(target, answer.bytes), whole(target, plain.json));
    if (form === "Table") assert.deepEqual([answer.json.kind, answer.json.rows.length], ["Table", 1]);
    if (form === "metadata") assert.deepEqual(answer.json.metadata, plain.json.metadata);
    if (form === "metadata in protobuf") {
      const { metadata } = read(decodable(PartialObjectMetadata), answer.bytes);
      assert.deepEqual(metadata, whole(decodable(PartialObjectMetadata), { metadata: plain.json.metadata }).metadata);
    }
  }

  async #list(form: string): Promise<void> {
    await this.#existing();
    const answer = await this.#call("GET", this.#collection, undefined, accepting(form, "PartialObjectMetadataList"));
    const { json: plain } = await this.#call("GET", this.#collection);
    if (form === "none is met") {
      assert.equal(answer.code, 406);
      return;
    }
    assert.equal(answer.code, 200, answer.text);
    const kind = this.#kind.listKind ?? `${this.#kind.kind}List`;
    const count = plain.items.length;
    if (form === "json") assert.equal(answer.json.kind, kind);
    if (form === "yaml") assert.match(answer.text, new RegExp(`^kind: ${kind}$`, "m"));
    if (form === "Table") assert.equal(answer.json.rows.length, count);
    if (form === "metadata") assert.equal(answer.json.items.length, count);
    if (form.includes("protobuf")) {
      const envelope = openEnvelope(answer.bytes);
      assert.equal(envelope.kind, form === "protobuf" ? kind : "PartialObjectMetadataList");
      assert.equal(readFields(envelope.raw).filter(({ number }) => number === 2).length, count);
    }
  }

  async #watch(form: string): Promise<void> {
    await this.#existing();
    const path = `${this.#collection}?watch=true`;
    const response = await this.#server.request("GET", path, undefined, accepting(form, "PartialObjectMetadata"));
    if (form === "none is met") {
      assert.equal(response.status, 406);
      return;
    }
    assert.ok("start" in response.body, "it is a stream");
    const log = new ByteLog();
    response.body.start(log)();
    const { bytes } = log;
    if (form !== "protobuf") {
      const [event] = new TextDecoder().decode(bytes).split("\n");
      const { type, object } = JSON.parse(event ?? "");
      const kind = form === "json" ? this.#kind.kind : form === "Table" ? "Table" : "PartialObjectMetadata";
      assert.deepEqual([type, object.kind], ["ADDED", kind]);
      return;
    }
    const length = new DataView(bytes.buffer).getUint32(0);
    const [, object] = readFields(bytes.subarray(4, 4 + length));
    const [raw] = readFields(object?.bytes ?? new Uint8Array());
    assert.equal(openEnvelope(raw?.bytes ?? new Uint8Array()).kind, this.#kind.kind);
  }

  async #update(subresource: string, form: string): Promise<void> {
    const fresh = await this.#fresh();
    const path = `${fresh.path}${subresource === "" ? "" : `/${subresource}`}`;
    const { json } = subresource === "finalize" ? { json: fresh.object } : await this.#call("GET", path);
    const annotations = { form: form.replaceAll(" ", "-") };
    const wanted =
      subresource === "scale"
        ? { ...json, spec: { replicas: 7 } }
        : { ...json, metadata: { ...json.metadata, annotations } };
    const answer = await this.#write("PUT", path, this.#target(subresource), wanted, form);
    if (answer.code !== 200) this.#judgeRefusedWrite(answer, form);
    else if (form === "warn") assert.match(answer.headers["warning"] ?? "", /unknown field \\"unknownField\\"/);
    await this.#isWritten(fresh.path, fresh.object, form, subresource);
  }

  /** A write that is not to be one leaves the object at its version. */
  async #isWritten(path: string, before: AnyJson, form: string, subresource: string): Promise<void> {
    const { json } = await this.#call("GET", path);
    const isSame = json.metadata.resourceVersion === before.metadata.resourceVersion;
    if (/dry run|strict$|another|unknown|fails/.test(form)) assert.ok(isSame, "nothing was to be written");
    else if (subresource === "" || subresource === "scale") assert.ok(!isSame, "nothing was written");
  }

  async #patch(subresource: string, form: string): Promise<void> {
    const { path: item, object } = await this.#fresh();
    const path = `${item}${subresource === "" ? "" : `/${subresource}`}`;
    const [type = "", rule = ""] = form.split(", ");
    const answer = await this.#sendPatch(path, object.metadata.name, subresource, { type, rule });
    if (rule === "strict") {
      const [code, why] = type === "apply" ? [500, "unknownField: field not declared in schema"] : [422, UNKNOWN];
      assert.ok(answer.code === code || (subresource === "scale" && answer.code === 400), answer.text);
      assert.ok(answer.json.message.includes(why), answer.text);
    } else if (form === "json patch with a test that fails") assert.equal(answer.code, 422, answer.text);
    else if (form === "another version") assert.equal(answer.code, 409, answer.text);
    else if (form === "an unknown body") assert.equal(answer.code, 415, answer.text);
    else assert.equal(answer.code, 200, answer.text);
    await this.#isWritten(item, object, form, subresource);
  }

  #sendPatch(path: string, name: string, subresource: string, { type, rule }: { type: string; rule: string }) {
    const isScale = subresource === "scale";
    const named = isScale ? { apiVersion: "autoscaling/v1", kind: "Scale" } : this.#kind;
    const unknown = rule === "strict" ? { unknownField: 1 } : {};
    const query = rule === "dry run" ? ANY.dryRun : rule === "strict" ? ANY.strict : "";
    const contentType = PATCH_TYPES[type];
    const annotations = { type: type.replaceAll(" ", "-") };
    const change = isScale ? { spec: { replicas: 7 } } : { metadata: { annotations } };
    if (contentType === undefined) return this.#sendBadPatch(path, type);
    if (type === "json patch") {
      const operation = isScale
        ? { op: "replace", path: "/spec/replicas", value: 7 }
        : { op: "add", path: "/metadata/annotations", value: annotations };
      const extra = { op: "add", path: "/unknownField", value: 1 };
      return this.#call("PATCH", path + query, rule === "strict" ? [operation, extra] : [operation], { contentType });
    }
    if (type !== "apply") return this.#call("PATCH", path + query, { ...change, ...unknown }, { contentType });
    const { apiVersion, kind } = named;
    const body = { apiVersion, kind, ...change, metadata: { name, ...(!isScale && { annotations }) }, ...unknown };
    const options = `${query === "" ? "?" : `${query}&`}fieldManager=row&force=true`;
    return this.#call("PATCH", path + options, body, { contentType });
  }

  #sendBadPatch(path: string, form: string): Promise<Answer> {
    if (form === "an unknown body") return this.#call("PATCH", path, "{}", { contentType: "application/json" });
    if (form === "another version") {
      const contentType = "application/merge-patch+json";
      return this.#call("PATCH", path, { metadata: { resourceVersion: "1" } }, { contentType });
    }
    const test = [{ op: "test", path: "/metadata/name", value: "another" }];
    return this.#call("PATCH", path, test, { contentType: "application/json-patch+json" });
  }

  async #delete(form: string): Promise<void> {
    const { path } = await this.#fresh();
    const options = { apiVersion: "v1", kind: "DeleteOptions" };
    const answer = await this.#sendDelete(path, options, form);
    const isRefused = form.startsWith("another");
    assert.equal(answer.code, isRefused ? 409 : 200, answer.text);
    const { code, json } = await this.#call("GET", path);
    const isGone = code === 404 || json.metadata.deletionTimestamp !== undefined;
    assert.equal(isGone, !isRefused && form !== "dry run");
  }

  #sendDelete(path: string, options: object, form: string): Promise<Answer> {
    if (form === "query") return this.#call("DELETE", `${path}?propagationPolicy=Background`);
    if (form === "dry run") return this.#call("DELETE", path + ANY.dryRun);
    if (form === "another uid") return this.#call("DELETE", path, { ...options, preconditions: { uid: ANY.uid } });
    if (form === "another version") {
      return this.#call("DELETE", path, { ...options, preconditions: { resourceVersion: "1" } });
    }
    return this.#write("DELETE", path, decodable(DeleteOptions), { ...options, propagationPolicy: "Background" }, form);
  }

  async #deleteCollection(form: string): Promise<void> {
    const label = `row=${form.replaceAll(" ", "-")}`;
    const [key = "", value = ""] = label.split("=");
    const kept = await this.#fresh();
    await this.#fresh({ [key]: value });
    await this.#fresh({ [key]: value });
    const query = form === "dry run" ? `${ANY.dryRun}&labelSelector=${label}` : `?labelSelector=${label}`;
    const answer = await this.#call("DELETE", this.#collection + query);
    assert.deepEqual([answer.code, answer.json.items?.length], [200, 2], answer.text);
    const { json } = await this.#call("GET", `${this.#collection}?labelSelector=${label}`);
    const left = json.items.filter(({ metadata }: AnyJson) => metadata.deletionTimestamp === undefined);
    assert.equal(left.length, form === "dry run" ? 2 : 0);
    assert.equal((await this.#call("GET", kept.path)).code, 200, "what is not selected stays");
  }
}

function accepting(form: string, partial: string): CallOptions {
  const types: Readonly<Record<string, string>> = {
    json: "application/json",
    yaml: "application/yaml",
    protobuf: PROTOBUF,
    Table: `application/json;as=Table;${META}`,
    metadata: `application/json;as=${partial};${META}`,
    "metadata in protobuf": `${PROTOBUF};as=${partial};${META}`,
    "none is met": "text/plain",
  };
  return { headers: { accept: types[form] ?? "" } };
}

/** An object as its type completes it. */
function whole(target: Decodable, object: unknown): AnyJson {
  return decode(target, documentOf(object)).object;
}

function read(target: Decodable, bytes: Uint8Array): AnyJson {
  const { apiVersion, kind, raw } = openEnvelope(bytes);
  return whole(target, { apiVersion, kind, ...readMessage(target.schema, raw) });
}
