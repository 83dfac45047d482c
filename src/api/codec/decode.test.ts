import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment } from "../apps/deployment.ts";
import { ConfigMap } from "../core/configmap.ts";
import { Pod } from "../core/pod.ts";
import { Service } from "../core/service.ts";
import { Scale } from "../autoscaling/scale.ts";
import { DecodeError, decodable, decode, unrecognizedMessage } from "./decode.ts";
import { SyntaxProblem, documentOf } from "./document.ts";
import { parseJson } from "./parse_json.ts";

const DEPLOYMENT = `{"apiVersion":"apps/v1","kind":"Deployment","spec":{"foo":1,"replicas":1,"replicas":2,
  "template":{"spec":{"containers":[{"name":"a","imagge":"b"},{"name":"b","env":[{"name":"x","vale":"y"}]}]}},"bar":{}}}`;
const PROBLEMS = [
  'unknown field "spec.foo"',
  'duplicate field "spec.replicas"',
  'unknown field "spec.template.spec.containers[0].imagge"',
  'unknown field "spec.template.spec.containers[1].env[0].vale"',
  'unknown field "spec.bar"',
];

test("decode() with Warn reports unknown and repeated fields in the order written, and keeps the last", () => {
  const { object, warnings } = decode(Deployment, parseJson(DEPLOYMENT), "Warn");
  assert.deepEqual(warnings, PROBLEMS);
  assert.equal(object.spec.replicas, 2);
  assert.equal("foo" in object.spec, false);
});

test("decode() with Strict refuses with all problems in one sentence", () => {
  assert.throws(() => decode(Deployment, parseJson(DEPLOYMENT), "Strict"), {
    message: `Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: ${PROBLEMS.join(", ")}`,
  });
});

test("decode() with Ignore drops what it does not know without a word", () => {
  assert.deepEqual(decode(Deployment, parseJson(DEPLOYMENT), "Ignore").warnings, []);
});

const refusals = [
  {
    kind: Deployment,
    body: '{"spec":{"replicas":"3"}}',
    detail: "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
  },
  {
    kind: Deployment,
    body: '{"spec":{"replicas":1.5}}',
    detail: "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
  },
  {
    kind: Deployment,
    body: '{"spec":{"replicas":3000000000}}',
    detail: "json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32",
  },
  {
    kind: Deployment,
    body: '{"metadata":{"labels":{"a":1}}}',
    detail: "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
  },
  {
    kind: Deployment,
    body: '{"spec":{"template":{"spec":{"containers":[{"env":[{"name":"x","value":true}]}]}}}}',
    detail:
      "json: cannot unmarshal bool into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
  },
  {
    kind: Deployment,
    body: '{"spec":{"template":{"spec":{"containers":{"name":"x"}}}}}',
    detail:
      "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
  },
  {
    kind: Pod,
    body: '{"spec":[]}',
    detail: "json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec",
  },
  { kind: Pod, body: "[]", detail: "json: cannot unmarshal array into Go value of type v1.Pod" },
  {
    kind: Service,
    body: '{"spec":{"ports":[{"targetPort":true}]}}',
    detail: "json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32",
  },
  { kind: ConfigMap, body: '{"binaryData":{"a":"%%%%"}}', detail: "illegal base64 data at input byte 0" },
];
for (const { kind, body, detail } of refusals) {
  test(`decode() refuses ${body} as a ${kind.kind}`, () => {
    assert.throws(
      () => decode(kind, parseJson(body)),
      (error) => {
        assert.ok(error instanceof DecodeError);
        assert.equal(error.detail, detail);
        assert.equal(error.message, `${kind.kind} in version "v1" cannot be handled as a ${kind.kind}: ${detail}`);
        return true;
      },
    );
  });
}

test("decode() fills what is always written and drops nulls and zero values", () => {
  const body = `{"metadata":{"name":"a","labels":null,"annotations":{},"generation":0},
    "spec":{"nodeName":"","hostNetwork":false,"containers":[{"name":"c","args":[],"stdin":false,"ports":[{"hostPort":0}]}]},"status":null}`;
  assert.deepEqual(decode(Pod, parseJson(body)).object, {
    metadata: { name: "a" },
    spec: { containers: [{ name: "c", ports: [{ containerPort: 0 }], resources: {} }] },
    status: {},
  });
});

test("decode() keeps a pointer's zero value", () => {
  const { object } = decode(Deployment, parseJson('{"spec":{"replicas":0,"revisionHistoryLimit":0}}'));
  assert.equal(object.spec.replicas, 0);
  assert.equal(object.spec.revisionHistoryLimit, 0);
});

test("decode() takes __proto__ as a name like any other", () => {
  const { object } = decode(ConfigMap, parseJson('{"data":{"__proto__":"x","a":"b"}}'), "Strict");
  assert.deepEqual(Object.entries(object.data ?? {}), [
    ["__proto__", "x"],
    ["a", "b"],
  ]);
  assert.equal(Object.getPrototypeOf(object.data), Object.prototype);
  assert.throws(() => decode(ConfigMap, parseJson('{"__proto__":{"data":{}}}'), "Strict"), {
    message: /strict decoding error: unknown field "__proto__"$/,
  });
});

test("decode() takes a value made in this process, whose undefined members are absent", () => {
  const draft = { metadata: { name: "a", labels: undefined }, data: { k: "v" } };
  assert.deepEqual(decode(ConfigMap, documentOf(draft), "Strict").object, {
    metadata: { name: "a" },
    data: { k: "v" },
  });
});

test("decodable() names a type that has no path of its own", () => {
  assert.throws(() => decode(decodable(Scale), parseJson('{"spec":{"replicas":"x"}}')), {
    message:
      'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32',
  });
});

test("unrecognizedMessage() quotes the beginning of the body", () => {
  const problem = new SyntaxProblem("unexpected end of JSON input");
  const message = (body: string): string => unrecognizedMessage("Pod", problem, new TextEncoder().encode(body));
  const start =
    "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: unexpected end of JSON input";
  assert.equal(message(""), `${start} (<empty>)`);
  assert.equal(message('{"a":'), `${start} ({"a":)`);
  assert.equal(message("nope"), `${start} (6e6f7065)`);
});
