import assert from "node:assert/strict";
import { test } from "node:test";
import { base64OfText } from "#api/base64.ts";
import { testServer } from "../testing.ts";
import { certificateSubject } from "./certificate_subject.ts";

const REQUEST = "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n";

const cases: { name: string; groups: string[] | undefined; signer?: string; says: string | undefined }[] = [
  { name: "a developer", groups: ["dev"], says: undefined },
  {
    name: "an administrator",
    groups: ["dev", "system:masters"],
    says: "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed",
  },
  { name: "an administrator of others", groups: ["system:masters"], signer: "example.com/theirs", says: undefined },
  { name: "who sends nonsense", groups: undefined, says: "failed to parse CSR: not a request" },
];
for (const c of cases) {
  test(`who asks to be certified: ${c.name}`, async () => {
    const read = () => {
      if (c.groups === undefined) throw new Error("not a request");
      return { organizations: c.groups };
    };
    const api = await testServer({ admission: [certificateSubject(read)] });
    const signerName = c.signer ?? "kubernetes.io/kube-apiserver-client";
    const spec = { request: base64OfText(REQUEST), signerName, usages: ["client auth"] };
    const { code, json } = await api.call("POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests", {
      metadata: { name: "r" },
      spec,
    });
    assert.equal(code, c.says === undefined ? 201 : 403);
    const refused = `certificatesigningrequests.certificates.k8s.io "r" is forbidden: ${c.says}`;
    if (c.says !== undefined) assert.equal(json.message, refused);
  });
}
