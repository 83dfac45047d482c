import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { CLIENT_REQUEST } from "#sys/certificate_request_fixtures.ts";
import type { Cluster } from "../cluster.ts";
import { FOREVER, pod, shell } from "../objects.ts";
import { until } from "../until.ts";

const MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
/** Figures come every fifteen seconds, and two are needed: asking more often only takes time from others. */
const METRICS_POLL_MS = 3_000;

/** Who pods are, who gets a certificate, and what all of them use. */
export function identity(cluster: Cluster): void {
  describe("accounts, certificates and metrics", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("identity");

    test("a pod finds its token, the cluster's certificate and its namespace; the token says who it is", async () => {
      await cluster.namespace("identity");
      await kubectl.apply(pod("app", shell(FOREVER)));
      await kubectl.ok("wait --for=condition=Ready pod/app --timeout=100s");
      const read = (file: string) => kubectl.ok(["exec", "app", "--", "cat", `${MOUNT}/${file}`]);
      assert.equal(await read("namespace"), "identity");
      const published = await kubectl.json<{ data: Record<string, string> }>("get configmap kube-root-ca.crt");
      assert.equal(await read("ca.crt"), published.data["ca.crt"]);
      const [, body = ""] = (await read("token")).split(".");
      const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
      assert.equal(claims["sub"], "system:serviceaccount:identity:default");
      const type = await kubectl.ok(["exec", "app", "--", "sh", "-c", `df -P ${MOUNT} | tail -1`]);
      assert.match(type, /^tmpfs/);
    });

    test("a request for a certificate is approved and signed", async () => {
      const request = Buffer.from(CLIENT_REQUEST).toString("base64");
      const spec = { request, signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] };
      const csr = { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" };
      await kubectl.apply({ ...csr, metadata: { name: "jane" }, spec });
      assert.match(
        await kubectl.ok("certificate approve jane"),
        /certificatesigningrequest\S* "?jane"? approved|jane approved/,
      );
      const isIssued = async () => (await kubectl.ok("get csr jane -o jsonpath={.status.certificate}")) !== "";
      await until("the certificate is there", isIssued);
      await kubectl.ok("delete csr jane");
    });

    test("top shows what nodes and pods use", async () => {
      const shown = async () => {
        const { code, stdout } = await kubectl.run("top pod app --no-headers");
        if (code !== 0) await pause(METRICS_POLL_MS);
        return code === 0 && /^app +\d+m +\d+Mi/.test(stdout);
      };
      await until("the pod's figures are there", shown, 60_000);
      assert.match(await kubectl.ok("top node --no-headers"), /^\S+ +[1-9]\d*m +\d+% +[1-9]\d*Mi +\d+%/);
    });
  });
}
