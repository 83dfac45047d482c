import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createCluster, type Cluster } from "knarr";
import { openPki } from "#bin/pki.ts";
import { memoryFiles } from "#sys/memory_files.ts";
import { Kubectl, kubectlPrograms } from "#test/e2e/kubectl.ts";

/** What a Host has in either version. */
interface Host {
  readonly apiVersion: string;
  readonly hostPort?: string;
  readonly host?: string;
  readonly port?: string;
}

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly desiredAPIVersion: string; readonly objects: readonly Host[] };
}

/** `host:port` in v1 is `host` and `port` in v2. */
function converted({ hostPort, host, port, ...rest }: Host, apiVersion: string): Host {
  if (apiVersion.endsWith("/v1")) return { ...rest, apiVersion, hostPort: `${host}:${port}` };
  const [first = "", second = ""] = (hostPort ?? "").split(":");
  return { ...rest, apiVersion, host: first, port: second };
}

function answerTo({ apiVersion, kind, request }: Review): object {
  const convertedObjects = request.objects.map((object) => converted(object, request.desiredAPIVersion));
  return { apiVersion, kind, response: { uid: request.uid, result: { status: "Success" }, convertedObjects } };
}

const text = { type: "string" };
const version = (name: string, storage: boolean, properties: object) => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: { type: "object", properties } },
});

const home = mkdtempSync(join(tmpdir(), "knarr-kubectl-"));
let cluster: Cluster;
let webhook: Server;
let caBundle: string;
let kubectl: Kubectl;

before(async () => {
  const pki = await openPki(memoryFiles(), "/", { addresses: [], now: Date.now() });
  caBundle = btoa(pki.ca.cert);
  webhook = createServer({ key: pki.server.key, cert: pki.server.cert }, (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => response.end(JSON.stringify(answerTo(JSON.parse(body) as Review))));
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  cluster = await createCluster({ nodes: 1, port: 0, clock: "real" });
  writeFileSync(join(home, "config"), cluster.kubeconfig ?? "");
  const env = { ...process.env, HOME: home, KUBECONFIG: join(home, "config") };
  kubectl = new Kubectl(kubectlPrograms()[0], env as Record<string, string>, "default");
});
after(async () => {
  await cluster.stop();
  webhook.close();
  rmSync(home, { recursive: true, force: true });
});

test("kubectl sees an object in each version, converted by a webhook", async () => {
  const { port } = webhook.address() as AddressInfo;
  const clientConfig = { url: `https://127.0.0.1:${port}/convert`, caBundle };
  await kubectl.apply({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "hosts.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "hosts", kind: "Host" },
      versions: [version("v1", true, { hostPort: text }), version("v2", false, { host: text, port: text })],
      conversion: { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"], clientConfig } },
    },
  });
  await kubectl.ok("wait --for=condition=Established crd/hosts.example.com --timeout=10s");
  await kubectl.apply({ apiVersion: "example.com/v1", kind: "Host", metadata: { name: "a" }, hostPort: "db:5432" });
  const read = await kubectl.json<Host>("get hosts.v2.example.com a");
  assert.deepEqual([read.apiVersion, read.host, read.port], ["example.com/v2", "db", "5432"]);
  await kubectl.ok(["patch", "hosts.v2.example.com", "a", "--type=merge", "-p", '{"port":"5433"}']);
  assert.equal((await kubectl.json<Host>("get hosts.v1.example.com a")).hostPort, "db:5433");
  webhook.closeAllConnections();
  webhook.close();
  await kubectl.apply({ apiVersion: "example.com/v1", kind: "Host", metadata: { name: "b" }, hostPort: "db:5432" });
  const refused = await kubectl.fails("get hosts.v2.example.com b");
  assert.match(refused, /conversion webhook for example.com\/v1, Kind=Host failed/);
  assert.equal((await kubectl.json<Host>("get hosts.v1.example.com b")).hostPort, "db:5432");
});

test("explain does not lose itself in the schema of schemas", async () => {
  const told = await kubectl.ok("explain crd.spec.versions.schema.openAPIV3Schema --recursive");
  assert.match(told, /x-kubernetes-list-map-keys/);
});
