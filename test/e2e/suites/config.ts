import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Cluster } from "../cluster.ts";
import { deployment, FOREVER, pod, service, shell, type List, type PodView } from "../objects.ts";
import { until } from "../until.ts";

export function config(cluster: Cluster): void {
  describe("configuration of containers", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("config");
    const inPod = (name: string, script: string) => kubectl.ok(["exec", name, "--", "sh", "-c", script]);
    /** What a pod of the Deployment prints: kubectl may pick one that is on its way out first. */
    const shows = (script: string, wanted: string) => {
      const printed = () => kubectl.run(["exec", "deploy/app", "--", "sh", "-c", script]);
      return until(`a pod shows ${wanted}`, async () => (await printed()).stdout === wanted);
    };

    test("S75: set env rolls the Deployment, and --list shows what is set", async () => {
      await cluster.namespace("config");
      await kubectl.apply(deployment("app", 1, shell(FOREVER)));
      await kubectl.ok("rollout status deployment app");
      assert.equal(await kubectl.ok("set env deployment/app COLOR=blue"), "deployment.apps/app env updated\n");
      await kubectl.ok("rollout status deployment app");
      await shows("echo $COLOR", "blue\n");
      assert.equal(await kubectl.ok("set env deployment/app --list"), "# Deployment app, container main\nCOLOR=blue\n");
    });

    test("S76 S77: set env --from takes every key of a Secret or ConfigMap", async () => {
      assert.equal(
        await kubectl.ok("create secret generic db --from-literal=user=me --from-literal=password=s3cret"),
        "secret/db created\n",
      );
      assert.equal(
        await kubectl.ok("create configmap settings --from-literal=level=high"),
        "configmap/settings created\n",
      );
      await kubectl.ok("set env deployment/app --from=secret/db");
      await kubectl.ok("set env deployment/app --from=configmap/settings --prefix=APP_");
      await kubectl.ok("rollout status deployment app");
      await shows("echo $USER $PASSWORD $APP_LEVEL $COLOR", "me s3cret high blue\n");
      const listed = await kubectl.ok("set env deployment/app --list");
      assert.match(listed, /# PASSWORD from secret db, key password/);
      assert.match(listed, /# APP_LEVEL from configmap settings, key level/);
      assert.equal(
        await kubectl.ok("get secret db -o jsonpath={.data.password}"),
        Buffer.from("s3cret").toString("base64"),
      );
    });

    test("S77: ConfigMaps and Secrets are files, follow changes, and Secrets are never on a disk", async () => {
      const spec = {
        volumes: [
          { name: "settings", configMap: { name: "settings" } },
          { name: "db", secret: { secretName: "db", defaultMode: 0o400 } },
          { name: "scratch", emptyDir: {} },
        ],
      };
      const volumeMounts = [
        { name: "settings", mountPath: "/settings" },
        { name: "db", mountPath: "/db", readOnly: true },
        { name: "scratch", mountPath: "/scratch" },
      ];
      await kubectl.apply(pod("files", shell(FOREVER, { volumeMounts }), spec));
      await kubectl.ok("wait --for=condition=Ready pod/files --timeout=100s");
      assert.equal(await inPod("files", "cat /settings/level /db/password"), "highs3cret");
      assert.equal(await inPod("files", "grep ' /db ' /proc/mounts | cut -d' ' -f3"), "tmpfs\n");
      assert.equal(await inPod("files", "echo kept > /scratch/a; cat /scratch/a"), "kept\n");
      await kubectl.ok(["patch", "configmap", "settings", "-p", '{"data":{"level":"low"}}']);
      await until("the file follows", async () => (await inPod("files", "cat /settings/level")) === "low", 90_000);
    });

    test("a reference to what is not there holds the container back and says why", async () => {
      const env = [{ name: "A", valueFrom: { secretKeyRef: { name: "missing", key: "a" } } }];
      await kubectl.apply(pod("waiting", shell(FOREVER, { env })));
      await kubectl.awaitField(
        "pod/waiting",
        "{.status.containerStatuses[0].state.waiting.reason}",
        "CreateContainerConfigError",
        30,
      );
      assert.match(await kubectl.ok("describe pod waiting"), /Error: secret "missing" not found/);
      await kubectl.ok("create secret generic missing --from-literal=a=found");
      await kubectl.ok("wait --for=condition=Ready pod/waiting --timeout=60s");
      assert.equal(await inPod("waiting", "echo $A"), "found\n");
    });

    test("S92: a pod knows the Services that were there before it", async () => {
      await kubectl.apply(service("mysql", { ports: [{ port: 3306 }] }));
      const ip = (await kubectl.ok("get service mysql -o jsonpath={.spec.clusterIP}")).trim();
      await kubectl.apply(pod("late", shell(FOREVER)));
      await kubectl.ok("wait --for=condition=Ready pod/late --timeout=100s");
      assert.equal(
        await inPod("late", "echo $MYSQL_SERVICE_HOST $MYSQL_SERVICE_PORT $MYSQL_PORT_3306_TCP"),
        `${ip} 3306 tcp://${ip}:3306\n`,
      );
      const api = await kubectl.ok("get service kubernetes -n default -o jsonpath={.spec.clusterIP}");
      assert.equal(await inPod("late", "echo $KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT"), `${api}:443\n`);
    });

    test("S93: the host name is the pod's, and the downward API tells it of itself", async () => {
      const env = [
        { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "APP", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: "MEMORY", valueFrom: { resourceFieldRef: { resource: "limits.memory" } } },
      ];
      const resources = { limits: { memory: "64Mi" } };
      await kubectl.apply(pod("self", shell(FOREVER, { env, resources })));
      await kubectl.ok("wait --for=condition=Ready pod/self --timeout=100s");
      const ip = await kubectl.ok("get pod self -o jsonpath={.status.podIP}");
      assert.equal(await inPod("self", "echo $(hostname) $IP $APP $MEMORY"), `self ${ip} self ${64 << 20}\n`);
    });

    test("init containers run in order before the others; a failing one holds them back", async () => {
      const share = { volumeMounts: [{ name: "share", mountPath: "/share" }] };
      const spec = {
        volumes: [{ name: "share", emptyDir: {} }],
        initContainers: [
          shell("echo one >> /share/order", { ...share, name: "one" }),
          shell("echo two >> /share/order", { ...share, name: "two" }),
        ],
      };
      await kubectl.apply(pod("ordered", shell(FOREVER, share), spec));
      await kubectl.ok("wait --for=condition=Ready pod/ordered --timeout=100s");
      assert.equal(await inPod("ordered", "cat /share/order"), "one\ntwo\n");
      await kubectl.apply(pod("held", shell(FOREVER), { initContainers: [shell("exit 1", { name: "broken" })] }));
      await until("its state is told", async () =>
        /Init:(Error|CrashLoopBackOff)/.test(await kubectl.ok("get pod held")),
      );
    });

    test("more memory than the limit ends in OOMKilled", async () => {
      const eat = "node -e 'const a = []; for (;;) a.push(Buffer.alloc(1 << 20, 1))'";
      const container = shell(`exec ${eat}`, { resources: { limits: { memory: "64Mi" } } });
      await kubectl.apply(pod("greedy", container, { restartPolicy: "Never" }));
      await kubectl.awaitField("pod/greedy", "{.status.phase}", "Failed", 60);
      const { items } = await kubectl.json<List<PodView>>("get pods -l app=greedy");
      const ended = items[0]?.status.containerStatuses?.[0]?.state.terminated;
      assert.deepEqual([ended?.reason, ended?.exitCode], ["OOMKilled", 137]);
    });

    test("a request larger than the node stays Pending and says why", async () => {
      await kubectl.apply(pod("huge", shell(FOREVER, { resources: { requests: { cpu: "1000" } } })));
      await until("an event says why", async () =>
        /0\/1 nodes are available: 1 Insufficient cpu/.test(await kubectl.ok("describe pod huge")),
      );
      assert.match(await kubectl.ok("get pod huge"), / 0\/1 +Pending +0 /);
    });
  });
}
