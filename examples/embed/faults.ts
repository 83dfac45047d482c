/**
 * A controller's worst day: replies are lost, controllers die, a node loses its power, and the rollout still ends well.
 *
 *     node examples/embed/faults.ts
 */
import { readFileSync } from "node:fs";
import { createCluster, Deployment, type Faults } from "knarr";

const WEB = { namespace: "default", name: "web" };

const manifest = (image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 6
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "${image}" }] }
`;

/** Every third write of the ReplicaSet controller is done, but it never hears so. */
function lostReplies(): Faults {
  let writes = 0;
  return {
    write: ({ component }) => (component === "controllers/replicaset" && writes++ % 3 === 0 ? "loseReply" : undefined),
  };
}

/** Rolls out in spite of all that; gives how many of the new pods serve in the end. */
export async function rollOutOnABadDay(): Promise<number> {
  const stages = readFileSync(new URL("../stages/slow_start.yaml", import.meta.url), "utf8");
  await using cluster = await createCluster({ nodes: 0, simulatedNodes: 3, stages, seed: 7 });
  await cluster.apply(manifest("web:1"));
  await cluster.clock.advance("10s");

  cluster.faults = lostReplies();
  await cluster.apply(manifest("web:slow"));
  await cluster.clock.advance("3s");
  cluster.killManagers();
  cluster.simulatedNodes[0]?.kill();
  await cluster.clock.advance("10m");

  const { status } = await cluster.client.get(Deployment, WEB);
  return Math.min(status.availableReplicas ?? 0, status.updatedReplicas ?? 0);
}

// eslint-disable-next-line no-console -- What an example is for.
if (import.meta.main) console.log(await rollOutOnABadDay());
