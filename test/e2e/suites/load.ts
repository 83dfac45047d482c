import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IMAGE, type Cluster } from "../cluster.ts";
import { httpGet, startLoad } from "../http.ts";
import { deployment, service } from "../objects.ts";
import { until } from "../until.ts";

const PORT = 32_333;
const PER_SECOND = 500;

/** Runs alone: on a machine short of time a request may fail for want of it. */
export function load(cluster: Cluster): void {
  describe("S90 S104 S118: under 500 new connections a second", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("load");
    const url = `http://127.0.0.1:${PORT}`;
    const container = {
      name: "hello",
      image: IMAGE.v1,
      ports: [{ containerPort: 3000 }],
      readinessProbe: { httpGet: { port: 3000 }, periodSeconds: 1 },
    };

    test("an application of four pods", async () => {
      await cluster.namespace("load");
      const ports = [{ port: 80, targetPort: 3000, nodePort: PORT }];
      await kubectl.apply(deployment("hello", 4, container), service("hello", { type: "NodePort", ports }));
      await kubectl.ok("rollout status deployment hello");
      await until("it answers", () =>
        httpGet(url).then(
          ({ status }) => status === 200,
          () => false,
        ),
      );
    });

    const moves: readonly (readonly [name: string, args: string])[] = [
      ["an update", `set image deployment hello hello=${IMAGE.v2}`],
      ["an undo", "rollout undo deployment hello"],
      ["a restart", "rollout restart deployment hello"],
      ["a scale down", "scale deployment hello --replicas=1"],
    ];
    for (const [name, args] of moves) {
      test(`${name} loses no request`, async () => {
        const running = startLoad(url, PER_SECOND);
        try {
          await until("the load runs", () => running.answered > PER_SECOND / 2);
          await kubectl.ok(args);
          assert.match(await kubectl.ok("rollout status deployment hello"), /successfully rolled out/);
          const answered = running.answered;
          await until("it went on for a while", () => running.answered > answered + PER_SECOND / 2);
        } finally {
          await running.stop();
        }
        const { failures } = running;
        assert.equal(
          failures.length,
          0,
          `${failures.length} of ${running.answered} failed: ${failures.slice(0, 5).join("; ")}`,
        );
      });
    }
  });
}
