import type { Pod } from "#api/core/pod.ts";
import type { Timer } from "#base/clock.ts";
import type { Informer } from "#client/informer.ts";
import { admitPod, type NodeRoom } from "./admission.ts";
import { isTerminal } from "./lifecycle.ts";
import { LABELS } from "./pod_names.ts";
import type { PodContext } from "./pod_context.ts";
import { PodWorker } from "./pod_worker.ts";
import { podReferences, referenceKey, type ReferenceWatches } from "./reference_watches.ts";

/** How often volumes with tokens are looked at; a token is renewed long before it ends. */
const REFRESH_MS = 60_000;

/** A worker for each pod of this node: those the API assigns to it, and those the API no longer knows. */
export class PodManager {
  readonly #context: PodContext;
  readonly #room: NodeRoom;
  /** By pod uid. */
  readonly #workers = new Map<string, PodWorker>();
  readonly #references: ReferenceWatches;
  #unsubscribe: (() => void) | undefined;
  #timer: Timer | undefined;

  constructor(context: PodContext, room: NodeRoom, references: ReferenceWatches) {
    this.#context = context;
    this.#room = room;
    this.#references = references;
  }

  /** Takes over what the informer shows; it has synced. */
  start(pods: Informer<Pod>): void {
    this.#unsubscribe = pods.subscribe({
      add: (pod) => this.#see(pod),
      update: (pod) => this.#see(pod),
      delete: (pod) => this.#workers.get(pod.metadata.uid)?.remove(pod),
    });
    this.#adoptOrphans();
    this.#refreshLater();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#unsubscribe?.();
    for (const worker of this.#workers.values()) worker.stop();
    this.#workers.clear();
  }

  /** Something of this pod changed in the runtime. */
  changed(podUid: string): void {
    this.#workers.get(podUid)?.wake();
  }

  /** A ConfigMap or Secret that some pods refer to may have changed. */
  referenceChanged(key: string): void {
    for (const worker of this.#workers.values()) {
      if (podReferences(worker.pod).some((reference) => referenceKey(reference) === key)) worker.refreshVolumes();
    }
  }

  /** The newest of that name: what is left of one before it may take long to remove. */
  worker(namespace: string, name: string): PodWorker | undefined {
    return [...this.#workers.values()].findLast(({ pod: { metadata } }) => {
      return metadata.namespace === namespace && metadata.name === name;
    });
  }

  workers(): Iterable<PodWorker> {
    return this.#workers.values();
  }

  #see(pod: Pod): void {
    const known = this.#workers.get(pod.metadata.uid);
    if (known) return this.#update(known, pod);
    const worker = this.#add(pod);
    const isNew = !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
    // A pod that runs here already was admitted before the agent was restarted.
    if (isNew && this.#context.view.of(pod.metadata.uid).sandboxes.length === 0) this.#admit(worker);
    if (isNew) this.#references.follow(pod.metadata.uid, podReferences(pod));
    worker.wake();
  }

  #update(worker: PodWorker, pod: Pod): void {
    const isKnown = pod.spec.ephemeralContainers?.length === worker.pod.spec.ephemeralContainers?.length;
    // All else in a pod that refers to something is for its life.
    if (!isKnown && worker.active) this.#references.follow(pod.metadata.uid, podReferences(pod));
    worker.update(pod);
  }

  /** Tokens run out without anything having changed. */
  #refreshLater(): void {
    this.#timer = this.#context.clock.after(REFRESH_MS, () => {
      for (const worker of this.#workers.values()) if (hasToken(worker.pod)) worker.refreshVolumes();
      this.#refreshLater();
    });
  }

  #admit(worker: PodWorker): void {
    const others = [...this.#workers.values()].filter((other) => other !== worker && other.active);
    const verdict = admitPod(
      worker.pod,
      others.map((other) => other.pod),
      this.#room,
    );
    if (verdict === undefined) return;
    this.#context.events.event(worker.pod, "Warning", verdict.reason, verdict.message);
    worker.reject(verdict);
  }

  #add(pod: Pod): PodWorker {
    const { uid } = pod.metadata;
    const worker = new PodWorker(this.#context, pod, () => {
      this.#workers.delete(uid);
      this.#references.follow(uid, []);
    });
    this.#workers.set(uid, worker);
    return worker;
  }

  /** Stops what runs for pods that were deleted while nobody watched. */
  #adoptOrphans(): void {
    for (const uid of this.#context.view.podUids) {
      if (this.#workers.has(uid)) continue;
      const { sandboxes, containers } = this.#context.view.of(uid);
      const labels = (sandboxes[0] ?? containers[0])?.labels;
      const name = labels?.[LABELS.podName];
      const namespace = labels?.[LABELS.podNamespace];
      if (name === undefined || namespace === undefined) continue;
      const pod = tombstone({ name, namespace, uid });
      this.#add(pod).remove(pod);
    }
  }
}

function hasToken(pod: Pod): boolean {
  return (pod.spec.volumes ?? []).some((volume) => volume.projected?.sources?.some((each) => each.serviceAccountToken));
}

/** What is left to know of a pod of which only containers are left. */
function tombstone({ name, namespace, uid }: { name: string; namespace: string; uid: string }): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, uid, resourceVersion: "0", creationTimestamp: "", deletionGracePeriodSeconds: 2 },
    spec: {
      containers: [],
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 2,
      dnsPolicy: "Default",
      schedulerName: "",
      enableServiceLinks: false,
    },
    status: {},
  };
}
