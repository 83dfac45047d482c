import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chmodSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { IMAGE, type Cluster } from "../cluster.ts";
import type { Kubectl } from "../kubectl.ts";
import { deployment, server, service, type DeploymentView, type List, type PodView } from "../objects.ts";

interface NamedList {
  readonly items: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[];
}

function steps(cluster: Cluster, kubectl: Kubectl): void {
  /** A manifest on disk, as the lectures have it. */
  const file = (name: string, text: string) => {
    const path = join(cluster.directory, `${kubectl.namespace}-${name}`);
    writeFileSync(path, text);
    return path;
  };
  const manifest = (image: string) => JSON.stringify(deployment("client", 1, server({ image })));

  test("S1 S3 S4 S9: one command creates and changes; a new tag is a change", async () => {
    const path = file("client.yaml", manifest(IMAGE.v1));
    assert.equal(await kubectl.ok(["apply", "-f", path]), "deployment.apps/client created\n");
    assert.equal(await kubectl.ok(["apply", "-f", path]), "deployment.apps/client unchanged\n");
    file("client.yaml", manifest(IMAGE.v2));
    assert.match(await kubectl.ok(["diff", "-f", path]).catch(String), /\+ +image: 080196\/hello-app:v2/);
    assert.equal(await kubectl.ok(["apply", "-f", path]), "deployment.apps/client configured\n");
    assert.match(await kubectl.ok("rollout status deployment client"), /successfully rolled out/);
  });

  test("S4: a field the file no longer has is taken away; what others set stays", async () => {
    const labelled = deployment("kept", 0, server(), {}) as { metadata: Record<string, unknown> };
    labelled.metadata["annotations"] = { mine: "1", both: "1" };
    const path = file("kept.json", JSON.stringify(labelled));
    await kubectl.ok(["apply", "-f", path]);
    await kubectl.ok("annotate deployment kept theirs=2");
    labelled.metadata["annotations"] = { both: "1" };
    file("kept.json", JSON.stringify(labelled));
    await kubectl.ok(["apply", "-f", path]);
    const { metadata } = await kubectl.json<DeploymentView>("get deployment kept");
    assert.deepEqual(
      [metadata.annotations?.["mine"], metadata.annotations?.["both"], metadata.annotations?.["theirs"]],
      [undefined, "1", "2"],
    );
  });

  test("server-side apply keeps to what it owns and names the other owner in a conflict", async () => {
    const mine = JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "shared" },
      data: { a: "1" },
    });
    const apply = ["apply", "--server-side", "-f", "-"];
    assert.equal(
      await kubectl.ok([...apply, "--field-manager=one"], { stdin: mine }),
      "configmap/shared serverside-applied\n",
    );
    const other = mine.replace('"1"', '"2"');
    const refused = await kubectl.fails([...apply, "--field-manager=two"], { stdin: other });
    assert.match(refused, /Apply failed with 1 conflict: conflict with "one": \.data\.a/);
    await kubectl.ok([...apply, "--field-manager=two", "--force-conflicts"], { stdin: other });
    assert.equal(await kubectl.ok("get configmap shared -o jsonpath={.data.a}"), "2");
  });

  test("S30 S33: run makes a Pod, create deployment a Deployment with its label", async () => {
    assert.equal(await kubectl.ok(`run blog --image=${IMAGE.v1} --port=8080`), "pod/blog created\n");
    assert.equal(await kubectl.ok("get pod blog -o jsonpath={.metadata.labels.run}"), "blog");
    assert.equal(await kubectl.ok(`create deployment web --image=${IMAGE.v1}`), "deployment.apps/web created\n");
    const web = await kubectl.json<DeploymentView>("get deployment web");
    assert.deepEqual([web.spec.replicas, web.metadata.labels], [1, { app: "web" }]);
    await kubectl.ok("delete pod blog --now");
  });

  test("S31: a dry run prints the object and changes nothing", async () => {
    for (const where of ["client", "server"]) {
      const printed = await kubectl.ok(`create deployment dry --image=${IMAGE.v1} --dry-run=${where} -o yaml`);
      assert.match(printed, /^kind: Deployment$/m);
      assert.match(await kubectl.fails("get deployment dry"), /\(NotFound\): deployments\.apps "dry" not found/);
    }
  });

  test("S32 S34 S35: one Deployment brings a ReplicaSet and its Pod, each with its owner", async () => {
    const web = await kubectl.json<DeploymentView>("get deployment web");
    await kubectl.ok("rollout status deployment web");
    const { items: sets } = await kubectl.json<List<PodView>>("get replicasets -l app=web");
    const { items: pods } = await kubectl.json<List<PodView>>("get pods -l app=web");
    assert.equal(sets[0]?.metadata.ownerReferences?.[0]?.name, web.metadata.name);
    assert.deepEqual(
      pods.map(({ metadata }) => [metadata.ownerReferences?.[0]?.kind, metadata.ownerReferences?.[0]?.name]),
      [["ReplicaSet", sets[0]?.metadata.name]],
    );
    assert.equal(pods[0]?.spec.containers.length, 1);
  });

  test("S49 S50: a label finds an application's objects, for get and for delete", async () => {
    await kubectl.apply(service("web"));
    const { items } = await kubectl.json<NamedList>("get all -l app=web");
    assert.deepEqual([...new Set(items.map(({ kind }) => kind))].toSorted(), [
      "Deployment",
      "Pod",
      "ReplicaSet",
      "Service",
    ]);
    const printed = await kubectl.ok("delete deployment,service -l app=web");
    assert.match(printed, /deployment\.apps "web" deleted[^\n]*\nservice "web" deleted/);
    await kubectl.awaitGone("pod -l app=web");
  });

  test("S57 S58: create -f, replace -f and patch", async () => {
    const path = file("made.json", JSON.stringify(deployment("made", 0, server())));
    assert.equal(await kubectl.ok(["create", "-f", path]), "deployment.apps/made created\n");
    const twice = await kubectl.fails(["create", "-f", path]);
    assert.match(
      twice,
      /^Error from server \(AlreadyExists\): error when creating ".*": deployments\.apps "made" already exists\n$/,
    );
    file("made.json", JSON.stringify(deployment("made", 0, server({ image: IMAGE.v2 }))));
    assert.equal(await kubectl.ok(["replace", "-f", path]), "deployment.apps/made replaced\n");
    for (const [type, patch] of [
      ["strategic", '{"spec":{"template":{"spec":{"containers":[{"name":"server","image":"x:1"}]}}}}'],
      ["merge", '{"metadata":{"labels":{"merged":"yes"}}}'],
      [
        "json",
        '[{"op":"replace","path":"/spec/paused","value":true},{"op":"add","path":"/metadata/labels/json","value":"yes"}]'.replace(
          '{"op":"replace","path":"/spec/paused","value":true},',
          "",
        ),
      ],
    ] as const) {
      const printed = await kubectl.ok(["patch", "deployment", "made", `--type=${type}`, "-p", patch]);
      assert.equal(printed, "deployment.apps/made patched\n");
    }
    const { metadata } = await kubectl.json<DeploymentView>("get deployment made");
    assert.deepEqual([metadata.labels?.["merged"], metadata.labels?.["json"]], ["yes", "yes"]);
    const image = await kubectl.ok("get deployment made -o jsonpath={.spec.template.spec.containers[*].image}");
    assert.equal(image, "x:1");
  });

  test("S57 S94: edit saves what the editor leaves; leaving it as it was cancels", async () => {
    const editor = file("editor.sh", `#!/bin/sh\nsed -i 's/image: x:1/image: x:2/' "$1"\n`);
    chmodSync(editor, 0o755);
    const env = { ...kubectl.env, EDITOR: editor };
    assert.equal(await kubectl.ok("edit deployment/made", { env }), "deployment.apps/made edited\n");
    const { stdout, stderr } = await kubectl.run("edit deployment/made", { env });
    assert.match(stdout + stderr, /Edit cancelled, no changes made/);
    const image = await kubectl.ok("get deployment made -o jsonpath={.spec.template.spec.containers[0].image}");
    assert.equal(image, "x:2");
  });

  test("S59: explain gives the documentation of a field", async () => {
    const printed = await kubectl.ok("explain deployment.spec.replicas");
    assert.match(printed, /FIELD: +replicas <integer>/);
    assert.match(printed, /KIND: +Deployment/);
    assert.match(await kubectl.ok("explain pod.spec --recursive"), /readinessProbe\s+<(Probe|Object)>/);
  });

  test("S6: an image without a tag or with :latest is always pulled, another only if absent", async () => {
    for (const [image, policy] of [
      ["x", "Always"],
      ["x:latest", "Always"],
      ["x:1", "IfNotPresent"],
    ]) {
      const made = await kubectl.ok(
        `run pulled --image=${image} --dry-run=server -o jsonpath={.spec.containers[0].imagePullPolicy}`,
      );
      assert.equal(made, policy);
    }
  });

  test("the server says what it is and what it knows", async () => {
    assert.match(await kubectl.ok("version -o yaml"), /serverVersion:\n(?: .*\n)* +gitVersion: v1\.36\.\d+\+knarr/);
    assert.match(await kubectl.ok("api-resources"), /^deployments +deploy +apps\/v1 +true +Deployment$/m);
    assert.equal(await kubectl.ok("get --raw /healthz"), "ok");
    assert.equal(await kubectl.ok("auth can-i create pods"), "yes\n");
    assert.match(await kubectl.ok("get nodes"), / +Ready +/);
  });
}

/** The ways to change an object, with every kubectl. */
export function changes(cluster: Cluster, kubectls: readonly Kubectl[]): void {
  for (const [i, kubectl] of kubectls.entries()) {
    describe(`objects made and changed with ${basename(kubectl.program)}`, { concurrency: 1 }, () => {
      const namespace = `changes-${i}`;
      test("a namespace for them", async () => void (await cluster.namespace(namespace)));
      steps(cluster, kubectl.in(namespace));
    });
  }
}
