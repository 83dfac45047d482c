import assert from "node:assert/strict";
import { test } from "node:test";
import { approvalsFor } from "./certificatesigningrequest_approval.ts";
import type { RequestFacts } from "./certificatesigningrequest_signers.ts";

const NODE: RequestFacts = {
  commonName: "system:node:n1",
  organizations: ["system:nodes"],
  dnsNames: [],
  emailAddresses: [],
  uris: [],
  ipAddresses: [],
};
const OWN = "10.244.1.1";
const ELSE = "10.244.0.1";
const CLIENT = {
  signerName: "kubernetes.io/kube-apiserver-client-kubelet",
  usages: ["digital signature", "client auth"],
};
const SERVING = { signerName: "kubernetes.io/kubelet-serving", usages: ["digital signature", "server auth"] };
const PERSON = { signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] };

const cases: {
  name: string;
  spec: typeof CLIENT;
  username?: string;
  request?: Partial<RequestFacts>;
  /** What its sender must be allowed to create; "nothing" when the request itself is enough. */
  grounds: string[];
}[] = [
  { name: "a node's own client certificate", spec: CLIENT, grounds: ["selfnodeclient", "nodeclient"] },
  { name: "a client certificate of another node", spec: CLIENT, username: "system:node:n2", grounds: ["nodeclient"] },
  { name: "what the signer would refuse", spec: CLIENT, request: { organizations: ["system:masters"] }, grounds: [] },
  { name: "other purposes", spec: { ...CLIENT, usages: SERVING.usages }, grounds: [] },
  { name: "a person's certificate", spec: PERSON, grounds: [] },
  { name: "a server at its node's address", spec: SERVING, request: { ipAddresses: [OWN] }, grounds: ["nothing"] },
  {
    name: "a server at an address of somebody else",
    spec: SERVING,
    request: { ipAddresses: [OWN, ELSE] },
    grounds: [],
  },
  { name: "a server by name", spec: SERVING, request: { ipAddresses: [OWN], dnsNames: ["kubernetes"] }, grounds: [] },
  {
    name: "a server that another node asks for",
    spec: SERVING,
    username: "system:node:n2",
    request: { ipAddresses: [OWN] },
    grounds: [],
  },
  {
    name: "a server on a node that the cluster gave no address",
    spec: SERVING,
    username: "system:node:n3",
    request: { commonName: "system:node:n3", ipAddresses: [OWN] },
    grounds: [],
  },
];
for (const { name, spec, username = "system:node:n1", request, grounds } of cases) {
  test(`approvalsFor() ${name}: ${grounds.length > 0 ? grounds.join(", ") : "for people to decide"}`, () => {
    const addressesOf = (node: string) => (node === "n1" ? [OWN] : []);
    const found = approvalsFor({ ...spec, username }, { ...NODE, ...request }, addressesOf);
    assert.deepEqual(
      found.map(({ permission }) => permission ?? "nothing"),
      grounds,
    );
  });
}
