import assert from "node:assert/strict";
import { test } from "node:test";
import { attributesOf } from "./authorization.ts";
import { nodeAuthorizer } from "./node_authorizer.ts";
import { requestInfoOf } from "./request_info.ts";

/** Whether node n1 may send a request. */
function may(method: string, target: string, groups: readonly string[] = ["system:nodes"]): boolean {
  const [path = "", search = ""] = target.split("?");
  const query = new URLSearchParams(search);
  const request = {
    method,
    path,
    query,
    headers: {},
    body: new Uint8Array(),
    peer: { address: "" },
    signal: new AbortController().signal,
  };
  const user = { name: "system:node:n1", uid: "", groups, extra: {} };
  return nodeAuthorizer(attributesOf(user, requestInfoOf(request), query)).allowed;
}

const ALLOWED: readonly (readonly [method: string, target: string])[] = [
  ["GET", "/api/v1/pods?fieldSelector=spec.nodeName=n1&watch=true"],
  ["GET", "/api/v1/services"],
  ["GET", "/apis/discovery.k8s.io/v1/endpointslices"],
  ["POST", "/api/v1/nodes"],
  ["POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests"],
  ["GET", "/apis/certificates.k8s.io/v1/certificatesigningrequests?watch=true"],
  ["PUT", "/api/v1/nodes/n1/status"],
  ["PATCH", "/api/v1/nodes/n1"],
  ["PUT", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1"],
  ["PUT", "/api/v1/namespaces/a/pods/p/status"],
  ["DELETE", "/api/v1/namespaces/a/pods/p"],
  ["GET", "/api/v1/namespaces/a/secrets/s"],
  ["GET", "/api/v1/namespaces/a/configmaps?fieldSelector=metadata.name=c&watch=true"],
  ["POST", "/api/v1/namespaces/a/serviceaccounts/default/token"],
  ["POST", "/api/v1/namespaces/a/events"],
  ["GET", "/api/v1/persistentvolumes?watch=true"],
  ["GET", "/api/v1/namespaces/a/persistentvolumeclaims/c"],
];

const REFUSED: readonly (readonly [method: string, target: string])[] = [
  ["GET", "/api/v1/namespaces/a/secrets"],
  ["GET", "/api/v1/secrets?watch=true"],
  ["GET", "/api/v1/persistentvolumeclaims"],
  ["PUT", "/api/v1/persistentvolumes/v"],
  ["DELETE", "/api/v1/persistentvolumes"],
  ["PUT", "/api/v1/namespaces/a/secrets/s"],
  ["PUT", "/api/v1/nodes/n2/status"],
  ["DELETE", "/api/v1/nodes/n1"],
  ["PUT", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n2"],
  ["PUT", "/apis/coordination.k8s.io/v1/namespaces/default/leases/n1"],
  ["POST", "/api/v1/namespaces/a/pods"],
  ["POST", "/api/v1/namespaces/a/pods/p/exec"],
  ["PUT", "/apis/apps/v1/namespaces/a/deployments/d"],
  ["DELETE", "/api/v1/namespaces/a/pods"],
];

for (const [method, target] of ALLOWED) {
  test(`a node may ${method} ${target}`, () => assert.equal(may(method, target), true));
}
for (const [method, target] of REFUSED) {
  test(`a node may not ${method} ${target}`, () => assert.equal(may(method, target), false));
}
test("who is no node gets nothing by this authorizer", () => {
  assert.equal(may("GET", "/api/v1/services", ["system:authenticated"]), false);
});
