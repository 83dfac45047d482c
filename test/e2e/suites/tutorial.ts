import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { basename, join, resolve } from "node:path";
import { IMAGE, type Cluster } from "../cluster.ts";
import { httpGet } from "../http.ts";
import type { Kubectl } from "../kubectl.ts";
import type { DeploymentView, List, PodView } from "../objects.ts";
import { until } from "../until.ts";

const MANIFEST = join(resolve(import.meta.dirname, "../../.."), "examples/hello-app/hello-deploy.yaml");
const APP = "http://127.0.0.1:31000";
const DONE = /deployment "hello-app" successfully rolled out\n$/;

async function replicaSets(kubectl: Kubectl): Promise<readonly string[]> {
  return (await kubectl.ok("get replicasets -l app=hello-app --no-headers"))
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/).slice(1, 4).join("/"))
    .toSorted();
}

/** The numbers in the first column of a history. */
function revisions(history: string): readonly string[] {
  return Array.from(history.matchAll(/^(\d+) /gm), (match) => match[1] ?? "");
}

/** The status may be ahead of the packet filter by some milliseconds; an answer that is none fails at once. */
async function appAnswers(body: string): Promise<void> {
  await until(`the application answers ${body}`, async () => {
    const answer = await httpGet(APP);
    assert.equal(answer.status, 200);
    return answer.body === `${body}\n`;
  });
}

/** The tutorial in its own order; each step builds on the one before. */
function lesson(kubectl: Kubectl): void {
  test("S106 S107 S108: apply makes the objects of one file and records the command", async () => {
    const { stdout, stderr, code } = await kubectl.run(["apply", "-f", MANIFEST, "--record"]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "deployment.apps/hello-app created\nservice/hello-app created\n");
    assert.match(await kubectl.ok("rollout status deploy hello-app"), DONE);
    assert.match(await kubectl.ok("get pods -l app=hello-app"), /(hello-app-\S+ +1\/1 +Running +0 +\S+\n){3}$/);
    assert.match(await kubectl.ok("get service hello-app"), /NodePort +10\.\S+ +<none> +3000:31000\/TCP/);
  });

  test("S107 S109: the application answers at the node port of localhost, and says what it does", async () => {
    await appAnswers("Hello application v1");
    const { status } = await httpGet("http://localhost:31000");
    assert.equal(status, 200);
    assert.equal(await kubectl.ok("logs deploy/hello-app --tail=1"), "Server listen on port 3000\n");
  });

  test("S2: apply of what has not changed says so and does nothing", async () => {
    const before = await kubectl.json<DeploymentView>("get deployment hello-app");
    const printed = await kubectl.ok(["apply", "-f", MANIFEST, "--record"]);
    assert.equal(printed, "deployment.apps/hello-app unchanged\nservice/hello-app unchanged\n");
    const after = await kubectl.json<DeploymentView>("get deployment hello-app");
    assert.equal(after.metadata.resourceVersion, before.metadata.resourceVersion);
    assert.equal(after.metadata.generation, before.metadata.generation);
  });

  test("S10 S110 S111 S113 S67: set image rolls to v2; the old ReplicaSet is kept with 0", async () => {
    const printed = await kubectl.ok(`set image deployment hello-app hello-app=${IMAGE.v2} --record`);
    assert.equal(printed, "deployment.apps/hello-app image updated\n");
    assert.match(await kubectl.ok("rollout status deploy hello-app"), DONE);
    await appAnswers("Hello application v2");
    assert.deepEqual(await replicaSets(kubectl), ["0/0/0", "3/3/3"]);
  });

  test("S114: v3 passes every start-up check and fails from each pod's 4th request on", async () => {
    await kubectl.ok(`set image deployment hello-app hello-app=${IMAGE.v3} --record`);
    assert.match(await kubectl.ok("rollout status deploy hello-app"), DONE);
    await until("requests are spread over the pods and fail", async () => (await httpGet(APP)).status === 500);
  });

  test("S97 S98 S115: history lists each revision with its cause, and one revision's template", async () => {
    const history = await kubectl.ok("rollout history deploy hello-app");
    assert.match(history, /^deployment\.apps\/hello-app \nREVISION +CHANGE-CAUSE\n/);
    assert.deepEqual(revisions(history), ["1", "2", "3"]);
    assert.match(history, /^2 +\S*kubectl\S* .*set image deployment hello-app .*v2/m);
    assert.match(await kubectl.ok("rollout history deploy hello-app --revision=2"), /Image:\s+080196\/hello-app:v2\n/);
    assert.match(await kubectl.ok("rollout history deploy hello-app --revision 1"), /Image:\s+080196\/hello-app:v1\n/);
  });

  test("S105 S116: undo --to-revision=2 brings v2 back, as revision 4", async () => {
    const printed = await kubectl.ok("rollout undo deployment hello-app --to-revision=2");
    assert.equal(printed, "deployment.apps/hello-app rolled back\n");
    assert.match(await kubectl.ok("rollout status deploy hello-app"), DONE);
    await until("the broken pods answer no more", async () => (await httpGet(APP)).status === 200);
    await appAnswers("Hello application v2");
    assert.deepEqual(revisions(await kubectl.ok("rollout history deploy hello-app")), ["1", "3", "4"]);
  });

  test("S99: undo goes back by one and restores the whole template, not only the image", async () => {
    const patch = {
      spec: {
        template: { spec: { containers: [{ name: "hello-app", image: IMAGE.v1, env: [{ name: "A", value: "1" }] }] } },
      },
    };
    await kubectl.ok(["patch", "deployment", "hello-app", "-p", JSON.stringify(patch)]);
    assert.match(await kubectl.ok("rollout status deployment/hello-app"), DONE);
    await appAnswers("Hello application v1");
    await kubectl.ok("rollout undo deployment/hello-app");
    assert.match(await kubectl.ok("rollout status deployment/hello-app"), DONE);
    await appAnswers("Hello application v2");
    const template = await kubectl.ok("get deployment hello-app -o jsonpath={.spec.template.spec.containers[0].env}");
    assert.equal(template, "");
  });

  test("undo to a revision that is not there, or with none before, is refused", async () => {
    const stderr = await kubectl.fails("rollout undo deployment hello-app --to-revision=99");
    assert.equal(stderr, "error: unable to find specified revision 99 in history\n");
  });

  test("S117: revisionHistoryLimit 1 keeps one old ReplicaSet", async () => {
    await kubectl.ok(["patch", "deployment", "hello-app", "-p", '{"spec":{"revisionHistoryLimit":1}}']);
    await until("older ReplicaSets are gone", async () => (await replicaSets(kubectl)).length === 2);
    assert.deepEqual(await replicaSets(kubectl), ["0/0/0", "3/3/3"]);
  });

  test("S5 S38: a deleted pod is replaced by itself", async () => {
    const { items } = await kubectl.json<List<PodView>>("get pods -l app=hello-app");
    const [victim] = items;
    assert.ok(victim);
    const printed = await kubectl.ok(`delete pod ${victim.metadata.name}`);
    assert.match(printed, new RegExp(`^pod "${victim.metadata.name}" deleted`));
    assert.match(await kubectl.ok("rollout status deploy hello-app"), DONE);
    const after = await kubectl.json<List<PodView>>("get pods -l app=hello-app");
    assert.ok(after.items.every(({ metadata }) => metadata.uid !== victim.metadata.uid));
    assert.equal(after.items.length, 3);
  });

  test("S119 S34: delete -f removes the file's objects, and all they own with them", async () => {
    const printed = await kubectl.ok(["delete", "-f", MANIFEST]);
    assert.match(printed, /^deployment\.apps "hello-app" deleted.*\nservice "hello-app" deleted.*\n$/);
    await kubectl.awaitGone("pod -l app=hello-app");
    await until("nothing of it is left", async () => {
      return (await kubectl.ok("get all -l app=hello-app -o name")) === "";
    });
    await assert.rejects(httpGet(APP, 2_000), { code: "ECONNREFUSED" });
  });
}

/** The rolling update tutorial with every kubectl: the node port allows for one run at a time. */
export function tutorial(cluster: Cluster, kubectls: readonly Kubectl[]): void {
  describe("the tutorial", { concurrency: 1 }, () => {
    for (const [i, kubectl] of kubectls.entries()) {
      describe(`with ${basename(kubectl.program)}`, { concurrency: 1 }, () => {
        const namespace = `tutorial-${i}`;
        test("a namespace for it", async () => void (await cluster.namespace(namespace)));
        lesson(kubectl.in(namespace));
      });
    }
  });
}
