/**
 * A cluster inside a program: an hour of cluster life in the time it takes to compute it.
 *
 *     node examples/embed/rollout.ts
 */
import { createCluster, Deployment, ImagePullError, Pod } from "knarr";

const manifest = (image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 10
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "${image}" }] }
`;

/** Rolls to an image that no registry has, and tells how many pods of each image serve an hour later. */
export async function rollToMissingImage(): Promise<Record<string, number>> {
  const missing = new ImagePullError("notFound", "web:v2: not found");
  await using cluster = await createCluster({ nodes: 3, images: { "web:v2": { pullError: missing } } });
  await cluster.apply(manifest("web:v1"));
  await cluster.until(async () => (await status()).availableReplicas === 10);

  await cluster.apply(manifest("web:v2"));
  await cluster.clock.advance("1h");
  const { items } = await cluster.client.list(Pod);
  return Object.fromEntries(
    Object.entries(Object.groupBy(items, (pod) => `${pod.spec.containers[0]?.image} ${pod.status.phase}`)).map(
      ([key, pods]) => [key, pods?.length ?? 0],
    ),
  );

  async function status() {
    return (await cluster.client.get(Deployment, { namespace: "default", name: "web" })).status;
  }
}

// eslint-disable-next-line no-console -- What an example is for.
if (import.meta.main) console.log(await rollToMissingImage());
