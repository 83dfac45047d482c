import assert from "node:assert/strict";
import { test } from "node:test";
import { createServiceAccountKey } from "#sys/certificates.ts";
import { openTokenKey } from "#sys/json_web_token.ts";
import { testServer, type AnyJson, type TestServer } from "./testing.ts";

const ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts";
const PODS = "/api/v1/namespaces/default/pods";
const NOBODY = { address: "10.0.0.9" };
const ISSUER = "https://kubernetes.default.svc.cluster.local";
const tokenKey = openTokenKey(createServiceAccountKey().privateKey);

const server = () => testServer({ tokenKey });
const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: "c", image: "i" }], ...spec },
});

async function tokenOf(api: TestServer, spec: object = {}): Promise<AnyJson> {
  const answer = await api.call("POST", `${ACCOUNTS}/default/token`, { spec });
  assert.equal(answer.code, 201, answer.text);
  return answer.json;
}

/** What the API answers the holder of a token. */
function as(api: TestServer, token: string, method: string, path: string, body?: unknown) {
  return api.call(method, path, body, { peer: NOBODY, headers: { authorization: `Bearer ${token}` } });
}

async function isGood(api: TestServer, token: string): Promise<boolean> {
  return (await as(api, token, "GET", PODS)).code !== 401;
}

test("a token says who its holder is, and what he may not do", async () => {
  const api = await server();
  const { status, spec } = await tokenOf(api);
  assert.deepEqual(spec, { audiences: [ISSUER], expirationSeconds: 3600 });
  assert.equal(status.expirationTimestamp, "2026-01-01T01:00:00Z");
  const refused = await as(api, status.token, "GET", PODS);
  assert.equal(
    refused.json.message,
    'pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods" in API group "" in the namespace "default"',
  );
  const review = await as(api, status.token, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {});
  const { username, groups } = review.json.status.userInfo;
  assert.equal(username, "system:serviceaccount:default:default");
  assert.deepEqual(groups, ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"]);
});

test("a token is good until it is over, and no longer than its account", async () => {
  const api = await server();
  const { token } = (await tokenOf(api, { expirationSeconds: 600 })).status;
  await api.clock.advance(599_000);
  assert.ok(await isGood(api, token));
  await api.clock.advance(1_000);
  assert.ok(!(await isGood(api, token)));
  const { token: second } = (await tokenOf(api)).status;
  await api.call("DELETE", `${ACCOUNTS}/default`);
  assert.ok(!(await isGood(api, second)));
  await api.call("POST", ACCOUNTS, { metadata: { name: "default" } });
  assert.ok(!(await isGood(api, second)), "another account of the same name");
});

test("a token for somebody else is no good here", async () => {
  const api = await server();
  const { token } = (await tokenOf(api, { audiences: ["vault"] })).status;
  assert.ok(!(await isGood(api, token)));
  const review = (spec: object) => api.call("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { spec });
  const known = (await review({ token, audiences: ["vault", "other"] })).json.status;
  assert.deepEqual([known.authenticated, known.audiences], [true, ["vault"]]);
  const unknown = (await review({ token })).json.status;
  assert.deepEqual(unknown, { user: {}, error: "invalid bearer token" });
});

test("a pod's token ends with it, and lives a year when it is the one every pod has", async () => {
  const api = await server();
  const { uid } = (await api.call("POST", PODS, pod("p"))).json.metadata;
  const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: "p", uid };
  const { token } = (await tokenOf(api, { boundObjectRef, expirationSeconds: 3607 })).status;
  await api.clock.advance(300 * 24 * 3_600_000);
  assert.ok(await isGood(api, token));
  const review = await as(api, token, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {});
  const { extra } = review.json.status.userInfo;
  assert.deepEqual(extra["authentication.kubernetes.io/pod-name"], ["p"]);
  assert.match(extra["authentication.kubernetes.io/credential-id"][0], /^JTI=/);
  await api.call("DELETE", `${PODS}/p?gracePeriodSeconds=0`);
  assert.ok(!(await isGood(api, token)));
});

const refusals: { spec: object; code: number; says: string | RegExp }[] = [
  { spec: { expirationSeconds: 599 }, code: 422, says: /may not specify a duration less than 10 minutes$/ },
  { spec: { expirationSeconds: 2 ** 33 }, code: 422, says: /may not specify a duration larger than 2\^32 seconds$/ },
  {
    spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "absent" } },
    code: 404,
    says: 'pods "absent" not found',
  },
  {
    spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "p", uid: "x" } },
    code: 409,
    says: /the UID in the bound object reference \(x\) does not match the UID in record/,
  },
  {
    spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "other" } },
    code: 400,
    says: 'cannot bind token for serviceaccount "default" to pod running with different serviceaccount name.',
  },
  {
    spec: { boundObjectRef: { apiVersion: "v1", kind: "ConfigMap", name: "p" } },
    code: 400,
    says: "cannot bind token to object of type /v1, Kind=ConfigMap",
  },
];
for (const c of refusals) {
  test(`no token: ${c.says}`, async () => {
    const api = await server();
    await api.call("POST", ACCOUNTS, { metadata: { name: "other" } });
    await api.call("POST", PODS, pod("p"));
    await api.call("POST", PODS, pod("other", { serviceAccountName: "other" }));
    const { code, json } = await api.call("POST", `${ACCOUNTS}/default/token`, { spec: c.spec });
    assert.equal(code, c.code);
    if (typeof c.says === "string") assert.equal(json.message, c.says);
    else assert.match(json.message, c.says);
  });
}

test("pods of one account have the same spec, volume names included", async () => {
  const api = await server();
  await api.call("POST", ACCOUNTS, { metadata: { name: "other" } });
  const specOf = async (name: string, of: object = {}) => (await api.call("POST", PODS, pod(name, of))).json.spec;
  const [a, b] = [await specOf("a"), await specOf("b")];
  assert.deepEqual(a, b);
  assert.notEqual(a.volumes[0].name, (await specOf("c", { serviceAccountName: "other" })).volumes[0].name);
});

test("every pod has its token mounted, unless it or its account wants none", async () => {
  const api = await server();
  const own = { name: "own", image: "i", volumeMounts: [] as object[] };
  own.volumeMounts.push({ name: "mine", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" });
  const volumes = [{ name: "mine", emptyDir: {} }];
  const containers = [{ name: "c", image: "i" }, own];
  const { spec } = (await api.call("POST", PODS, pod("p", { volumes, containers }))).json;
  assert.match(spec.volumes[1].name, /^kube-api-access-[a-z0-9]{5}$/);
  assert.deepEqual(spec.volumes[1].projected, {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      {
        downwardAPI: {
          items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
        },
      },
    ],
  });
  const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
  assert.deepEqual(spec.containers[0].volumeMounts, [{ name: spec.volumes[1].name, readOnly: true, mountPath }]);
  assert.equal(spec.containers[1].volumeMounts.length, 1);

  const without = (await api.call("POST", PODS, pod("q", { automountServiceAccountToken: false }))).json;
  assert.equal(without.spec.volumes, undefined);
  const quiet = {
    metadata: { name: "quiet" },
    automountServiceAccountToken: false,
    imagePullSecrets: [{ name: "reg" }],
  };
  await api.call("POST", ACCOUNTS, quiet);
  const silent = (await api.call("POST", PODS, pod("r", { serviceAccountName: "quiet" }))).json;
  assert.equal(silent.spec.volumes, undefined);
  assert.deepEqual(silent.spec.imagePullSecrets, [{ name: "reg" }]);
  const asked = { serviceAccountName: "quiet", automountServiceAccountToken: true };
  assert.equal((await api.call("POST", PODS, pod("s", asked))).json.spec.volumes.length, 1);
});

test("anybody may learn how to check tokens", async () => {
  const api = await server();
  const found = (await api.call("GET", "/.well-known/openid-configuration")).json;
  assert.equal(found.issuer, ISSUER);
  assert.equal(found.jwks_uri, `${ISSUER}/openid/v1/jwks`);
  const keys = await api.call("GET", "/openid/v1/jwks");
  assert.equal(keys.headers["content-type"], "application/jwk-set+json");
  assert.deepEqual(JSON.parse(keys.text), { keys: [tokenKey.publicJwk] });
});
