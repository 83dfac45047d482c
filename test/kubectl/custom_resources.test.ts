import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createCluster, type Cluster } from "knarr";
import { Kubectl, kubectlPrograms } from "#test/e2e/kubectl.ts";
import { until } from "#test/e2e/until.ts";

const GROUP = "stable.example.com";

const DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `crontabs.${GROUP}` },
  spec: {
    group: GROUP,
    scope: "Namespaced",
    names: { plural: "crontabs", singular: "crontab", kind: "CronTab", shortNames: ["ct"], categories: ["all"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            description: "CronTab runs things when it is time.",
            properties: {
              spec: {
                type: "object",
                description: "What is wanted.",
                required: ["cronSpec"],
                properties: {
                  cronSpec: { type: "string", description: "When it runs, in the five fields of cron." },
                  image: { type: "string", default: "busybox" },
                  replicas: { type: "integer", minimum: 0, maximum: 10, default: 1 },
                  mode: { type: "string", enum: ["Fast", "Slow"] },
                  steps: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    items: {
                      type: "object",
                      required: ["name"],
                      properties: { name: { type: "string" }, seconds: { type: "integer" } },
                    },
                  },
                },
                "x-kubernetes-validations": [
                  { rule: "!has(self.mode) || self.mode != 'Slow' || self.replicas < 5", message: "slow ones are few" },
                ],
              },
              status: { type: "object", properties: { replicas: { type: "integer" }, selector: { type: "string" } } },
            },
          },
        },
        subresources: {
          status: {},
          scale: {
            specReplicasPath: ".spec.replicas",
            statusReplicasPath: ".status.replicas",
            labelSelectorPath: ".status.selector",
          },
        },
        additionalPrinterColumns: [
          { name: "Spec", type: "string", jsonPath: ".spec.cronSpec" },
          { name: "Replicas", type: "integer", jsonPath: ".spec.replicas" },
          { name: "Image", type: "string", jsonPath: ".spec.image", priority: 1 },
        ],
        selectableFields: [{ jsonPath: ".spec.mode" }],
      },
    ],
  },
};

const cronTab = (name: string, spec: object = {}) => ({
  apiVersion: `${GROUP}/v1`,
  kind: "CronTab",
  metadata: { name },
  spec: { cronSpec: "* * * * */5", ...spec },
});

for (const program of kubectlPrograms()) {
  describe(`custom resources with ${basename(program)}`, () => {
    let cluster: Cluster;
    let kubectl: Kubectl;
    const home = mkdtempSync(join(tmpdir(), "knarr-kubectl-"));

    before(async () => {
      cluster = await createCluster({ nodes: 1, port: 0, clock: "real" });
      writeFileSync(join(home, "config"), cluster.kubeconfig ?? "");
      kubectl = new Kubectl(program, { ...process.env, HOME: home, KUBECONFIG: join(home, "config") }, "default");
    });
    after(async () => {
      await cluster.stop();
      rmSync(home, { recursive: true, force: true });
    });

    test("a definition is applied, established and found", async () => {
      assert.match(await kubectl.apply(DEFINITION), /crontabs.stable.example.com created/);
      await kubectl.ok(`wait --for=condition=Established crd/crontabs.${GROUP} --timeout=10s`);
      assert.match(
        await kubectl.ok(`api-resources --api-group=${GROUP}`),
        /^crontabs +ct +stable.example.com\/v1 +true +CronTab$/m,
      );
      assert.match(await kubectl.apply(DEFINITION), /unchanged/);
    });

    test("its version is registered as one that is served here, and is again when somebody deletes that", async () => {
      const rows = async () =>
        (await kubectl.ok("get apiservices")).split("\n").map((line) => line.split(/ +/).slice(0, 3));
      const name = `v1.${GROUP}`;
      const find = async (wanted: string) => (await rows()).find(([first]) => first === wanted);
      await until(`${name} is registered`, async () => (await find(name))?.[2] === "True", 10_000);
      assert.deepEqual(await find(name), [name, "Local", "True"]);
      for (const builtIn of ["v1.", "v1.apps"]) assert.deepEqual(await find(builtIn), [builtIn, "Local", "True"]);
      const label = "kube-aggregator.kubernetes.io/automanaged";
      const managed = await kubectl.ok(["get", "apiservices", "-l", `${label}=true`, "-o", "name"]);
      assert.equal(managed, `apiservice.apiregistration.k8s.io/${name}\n`);
      assert.match(await kubectl.ok(["get", "apiservices", "-l", `${label}=onstart`, "-o", "name"]), /\/v1\.apps$/m);
      await kubectl.ok(`delete apiservice ${name}`);
      await until(`${name} is back`, async () => (await find(name))?.[2] === "True", 10_000);
      await kubectl.ok(["patch", "apiservice", name, "--type=merge", "-p", '{"spec":{"versionPriority":7}}']);
      const priority = () => kubectl.ok(`get apiservice ${name} -o jsonpath={.spec.versionPriority}`);
      await until("its priority is put right", async () => (await priority()) === "100", 10_000);
    });

    test("explain tells what its schema says", async () => {
      const told = await kubectl.ok("explain crontab.spec");
      for (const text of ["What is wanted.", "cronSpec", "When it runs, in the five fields of cron."]) {
        assert.ok(told.includes(text), told);
      }
      assert.match(await kubectl.ok("explain ct"), /CronTab runs things when it is time\./);
      assert.match(await kubectl.fails("explain ct.spec.colour"), /field "colour" does not exist/);
    });

    test("objects are applied, and shown in the columns of the definition", async () => {
      assert.match(await kubectl.apply(cronTab("a", { mode: "Fast" })), /crontab.stable.example.com\/a created/);
      assert.match(await kubectl.apply(cronTab("a", { mode: "Fast" })), /unchanged/);
      assert.match(await kubectl.apply(cronTab("a", { replicas: 2 })), /configured/);
      const lines = (await kubectl.ok("get ct")).trim().split("\n");
      assert.deepEqual(
        lines.map((line) => line.split(/ {2,}/)),
        [
          ["NAME", "SPEC", "REPLICAS"],
          ["a", "* * * * */5", "2"],
        ],
      );
      assert.match(await kubectl.ok("get crontabs -o wide"), /IMAGE[^]*busybox/);
      assert.match(await kubectl.ok("get all"), /crontab.stable.example.com\/a/);
      const { spec } = await kubectl.json<{ spec: object }>("get ct a");
      assert.deepEqual(spec, { cronSpec: "* * * * */5", image: "busybox", replicas: 2 });
    });

    test("what the schema does not know or allow is refused", async () => {
      const refused = (object: object) => kubectl.fails("apply -f -", { stdin: JSON.stringify(object) });
      assert.match(await refused(cronTab("b", { colour: "red" })), /unknown field "(spec\.)?colour"/);
      assert.match(
        await refused(cronTab("b", { replicas: 11 })),
        /spec\.replicas in body should be less than or equal to 10/,
      );
      assert.match(await refused(cronTab("b", { mode: "Slow", replicas: 9 })), /slow ones are few/);
    });

    test("scale, patch, label and server-side apply change objects", async () => {
      assert.match(await kubectl.ok("scale ct a --replicas=4"), /crontab.stable.example.com\/a scaled/);
      assert.match(await kubectl.fails("scale ct a --replicas=40"), /should be less than or equal to 10/);
      await kubectl.ok(["patch", "ct", "a", "--type=merge", "-p", '{"spec":{"mode":"Slow"}}']);
      assert.match(
        await kubectl.fails(["patch", "ct", "a", "-p", '{"spec":{"mode":"Fast"}}']),
        // Old ones say it in words of their own.
        /application\/strategic-merge-patch\+json is not supported by stable.example.com\/v1, Kind=CronTab|UnsupportedMediaType/,
      );
      await kubectl.ok("label ct a tier=x");
      const more = JSON.stringify(cronTab("a", { steps: [{ name: "one", seconds: 1 }] }));
      await kubectl.ok("apply --server-side --force-conflicts --field-manager=other -f -", { stdin: more });
      const { spec, metadata } = await kubectl.json<{ spec: Record<string, unknown>; metadata: { labels: object } }>(
        "get ct a",
      );
      assert.deepEqual([spec["replicas"], spec["mode"], spec["steps"]], [4, "Slow", [{ name: "one", seconds: 1 }]]);
      assert.deepEqual(metadata.labels, { tier: "x" });
      assert.match(await kubectl.ok("get ct --field-selector spec.mode=Slow -o name"), /\/a$/m);
      assert.equal(await kubectl.ok("get ct --field-selector spec.mode=Fast -o name"), "");
    });

    test("a definition that is deleted takes its objects and its name with it", async () => {
      await kubectl.ok(`delete crd crontabs.${GROUP} --timeout=20s`);
      assert.match(
        await kubectl.fails("get ct"),
        /the server could not find the requested resource|doesn't have a resource/,
      );
      const left = async () => (await kubectl.ok("get apiservices")).includes(GROUP);
      await until("it is registered no more", async () => !(await left()), 10_000);
      assert.match(await kubectl.fails("explain ct"), /couldn't find resource|doesn't have a resource type/);
    });
  });
}
