import { KINDS } from "#api/kinds.ts";
import { KindRegistry } from "#api/registry.ts";
import { MemoryStore } from "#store/memory_store.ts";
import { createApiServer } from "#apiserver/server.ts";
import { seededRandom } from "#base/random.ts";
import { silentLog } from "#base/log.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { realClock } from "#base/clock.ts";
import { Components } from "#bin/components.ts";
import { DEFAULT_NETWORKS } from "#bin/networks.ts";

const count = Number(process.argv[2] ?? 500);
const bytes = Number(process.argv[3] ?? 40_000);
function schema(budget: number): any {
  const text = "Some text that says what this field is for, as operators' generated schemas have it, a line or two of it at the least, sometimes more.";
  const leaf = () => ({ type: "string", description: text, maxLength: 63, pattern: "^[a-z0-9]+$" });
  const group = () => ({ type: "object", description: text, properties: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`field${i}`, leaf()])) });
  const spec: any = { type: "object", properties: {} };
  let n = 0;
  while (JSON.stringify(spec).length < budget) spec.properties[`part${n++}`] = n % 3 ? group() : { type: "array", items: group() };
  return { type: "object", properties: { spec, status: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } };
}
const openAPIV3Schema = schema(bytes);
const store = new MemoryStore();
for (let i = 0; i < count; i++) {
  const group = `g${i % 40}.example.com`;
  const names = { plural: `widgets${i}`, singular: `widget${i}`, kind: `Widget${i}`, listKind: `Widget${i}List`, shortNames: [`w${i}`] };
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition",
    metadata: { name: `${names.plural}.${group}`, uid: `u${i}`, generation: 1, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { group, names, scope: "Namespaced", versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema }, subresources: { status: {} } }], conversion: { strategy: "None" } },
    status: { conditions: [{ type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found", lastTransitionTime: "2026-01-01T00:00:00Z" }, { type: "Established", status: "True", reason: "InitialNamesAccepted", message: "the initial names have been accepted", lastTransitionTime: "2026-01-01T00:00:00Z" }], acceptedNames: names, storedVersions: ["v1"] },
  };
  await store.put(`/registry/apiextensions.k8s.io/customresourcedefinitions/${crd.metadata.name}`, new TextEncoder().encode(JSON.stringify(crd)), "absent");
}
const t0 = performance.now();
const c = new Components({ store, clock: realClock, random: seededRandom(1), log: silentLog, networks: DEFAULT_NETWORKS });
const t1 = performance.now();
await c.start({ port: 1, rootCertificate: "x" });
const t2 = performance.now();
const rev = store.revision;
const get = async (path: string, accept = "application/json") => {
  const t = performance.now();
  const r = await c.server.handle({ method: "GET", path, query: new URLSearchParams(), headers: { accept }, body: new Uint8Array(), peer: { internalUser: "admin", address: "127.0.0.1" }, signal: new AbortController().signal });
  return `${(performance.now() - t).toFixed(1)} ms ${(r.body as Uint8Array).length} bytes`;
};
await new Promise((r) => setTimeout(r, 1500));
const t3 = performance.now();
console.log(JSON.stringify({ count, schemaBytes: JSON.stringify(openAPIV3Schema).length, apiServer: +(t1 - t0).toFixed(1), components: +(t2 - t1).toFixed(1), cpuMs: process.cpuUsage().user / 1000, rss: process.memoryUsage().rss / 1e6 | 0, heap: process.memoryUsage().heapUsed / 1e6 | 0, revisions: rev }));
if (process.argv[4]) {
  console.log("discovery", await get("/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"));
  console.log("v3 index", await get("/openapi/v3"));
  console.log("v3 apps", await get("/openapi/v3/apis/apps/v1"));
  console.log("v3 one", await get("/openapi/v3/apis/g1.example.com/v1"));
  console.log("v2", await get("/openapi/v2"));
  console.log("list crds", await get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions"));
}
process.exit(0);
