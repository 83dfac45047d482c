import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster, ClusterOptions, FakeImage } from "knarr";
import { createCluster, Deployment, Event, ImagePullError, isApiError, Pod, ReplicaSet, exitAfter } from "knarr";
import { logTo } from "#base/log.ts";
import type { DeploymentDraft } from "#api/apps/deployment.ts";
import type { AnyKind, ObjectRef } from "#api/object.ts";
import { objectOf, storagePrefix } from "#apiserver/object_codec.ts";

const DEPLOYMENT_REVISION = "deployment.kubernetes.io/revision";

export const WEB = { namespace: "default", name: "web" } as const;

/** What the stories' images do; every other runs well. */
const IMAGES: Readonly<Record<string, FakeImage>> = {
  "app:missing": { pullError: new ImagePullError("notFound", "app:missing: not found") },
  "app:crashes": { program: exitAfter(2_000, 1) },
  "app:unready": { http: ({ path }) => (path === "/ready" ? 503 : 200) },
};

/** A whole cluster, what was complained of in its log, and words to tell a story with. */
export class Story implements AsyncDisposable {
  readonly cluster: Cluster;
  /** Warnings and errors of all components. A story that goes well has none. */
  readonly complaints: readonly string[];
  /** For stories in which something has to be complained of. */
  mayComplain = false;

  private constructor(cluster: Cluster, complaints: readonly string[]) {
    this.cluster = cluster;
    this.complaints = complaints;
  }

  static async begin(options: ClusterOptions = {}): Promise<Story> {
    const complaints: string[] = [];
    const log = logTo((level, part, message, { error }) => {
      if (level === "warn" || level === "error") complaints.push(`${part}: ${message}: ${String(error)}`);
    });
    const defaults = { nodes: 3, images: IMAGES, log, freezeCaches: true };
    return new Story(await createCluster({ ...defaults, ...options }), complaints);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster.stop();
    if (!this.mayComplain && this.complaints.length > 0) throw new Error(`Complaints:\n${this.complaints.join("\n")}`);
  }

  /** Creates the Deployment `web`. */
  async deploy(replicas: number, image: string, spec: Partial<DeploymentDraft["spec"]> = {}): Promise<void> {
    await this.cluster.client.create(Deployment, {
      metadata: WEB,
      spec: {
        replicas,
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image }] } },
        ...spec,
      },
    });
  }

  /** Merges into the spec of the Deployment `web`. */
  async change(spec: Record<string, unknown>): Promise<void> {
    await this.cluster.client.patch(Deployment, WEB, { type: "strategic", body: { spec } });
  }

  setImage(image: string): Promise<void> {
    return this.change({ template: { spec: { containers: [{ name: "web", image }] } } });
  }

  deployment(): Promise<Deployment> {
    return this.cluster.client.get(Deployment, WEB);
  }

  /** Waits until the Deployment has only pods of its newest template, all available, as `rollout status` does. */
  rolledOut(within?: string): Promise<void> {
    return this.cluster.until(async () => {
      const { metadata, spec, status } = await this.deployment();
      const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, observedGeneration = 0 } = status;
      return (
        observedGeneration >= (metadata.generation ?? 0) &&
        [replicas, updatedReplicas, availableReplicas].every((count) => count === spec.replicas)
      );
    }, within);
  }

  async pods(): Promise<readonly Pod[]> {
    return (await this.cluster.client.list(Pod, { namespace: "default" })).items;
  }

  /** ReplicaSets as `revision: image xWANTED`, by revision. */
  async revisions(): Promise<string[]> {
    const { items } = await this.cluster.client.list(ReplicaSet, { namespace: "default" });
    return items
      .toSorted((a, b) => revisionOf(a) - revisionOf(b))
      .map((rs) => `${revisionOf(rs)}: ${rs.spec.template.spec.containers[0]?.image} x${rs.spec.replicas}`);
  }

  async exists(kind: AnyKind, ref: ObjectRef): Promise<boolean> {
    try {
      await this.cluster.client.get(kind, ref);
      return true;
    } catch (error) {
      if (isApiError(error, "NotFound")) return false;
      throw error;
    }
  }

  /** `Reason message` of every event about objects of this kind. */
  async events(kind: string): Promise<string[]> {
    const { items } = await this.cluster.client.list(Event);
    return items
      .filter((event) => event.involvedObject.kind === kind)
      .map(({ reason, message }) => `${reason} ${message}`);
  }

  /** Calls `look` with all pods that are not on their way out after every single write to one of them. */
  watchPods(look: (pods: readonly Pod[]) => void): () => void {
    const { store } = this.cluster;
    const prefix = storagePrefix(Pod, "default");
    const pods = new Map(store.range(prefix).entries.map((entry) => [entry.key, objectOf(entry) as Pod]));
    const watch = store.watch(
      prefix,
      { after: store.revision },
      {
        changes(batch) {
          for (const { key, entry } of batch) {
            if (entry === undefined) pods.delete(key);
            else pods.set(key, objectOf(entry) as Pod);
            look([...pods.values()].filter(({ metadata }) => metadata.deletionTimestamp === undefined));
          }
        },
        closed() {},
      },
    );
    return () => watch.close();
  }
}

export function revisionOf(rs: ReplicaSet): number {
  return Number(rs.metadata.annotations?.[DEPLOYMENT_REVISION]);
}

export function isReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
}

export function imageOf(pod: Pod): string {
  return pod.spec.containers[0]?.image ?? "";
}

/** All of examples/stages: how simulated pods and nodes of certain images and names live. */
export function exampleStages(): string {
  const directory = join(import.meta.dirname, "../../examples/stages");
  const files = readdirSync(directory).filter((name) => name.endsWith(".yaml"));
  return files.map((name) => readFileSync(join(directory, name), "utf8")).join("\n---\n");
}
