import { Namespace } from "#api/core/namespace.ts";
import { Node } from "#api/core/node.ts";
import { PersistentVolume } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { Pod } from "#api/core/pod.ts";
import { CSINode } from "#api/storage/csinode.ts";
import { StorageClass } from "#api/storage/storageclass.ts";
import type { Informer, InformerFactory } from "#client/informer.ts";
import type { ClusterIndex } from "./nodes/cluster_index.ts";
import { sameLabels } from "./nodes/labels.ts";
import { PodInfo } from "./nodes/pod_info.ts";
import { changedParts, differs, type StorageKind } from "./queue/cluster_event.ts";
import type { Nominator } from "./queue/nominator.ts";
import type { SchedulingQueue } from "./queue/scheduling_queue.ts";

interface IntakeOptions {
  readonly informers: InformerFactory;
  readonly index: ClusterIndex;
  readonly queue: SchedulingQueue;
  readonly nominator: Nominator;
  /** Whether pods that name this scheduler are for us. */
  isOurs(schedulerName: string): boolean;
}

/** Keeps index and queue in step with the caches, which are filled. Returns the function that ends it. */
export function followCluster(options: IntakeOptions): () => void {
  const { informers, index, queue } = options;
  const nodes = informers.informer(Node);
  const pods = informers.informer(Pod);
  const namespaces = informers.informer(Namespace);
  const storage: readonly [StorageKind, Informer<StorageObject>][] = [
    ["claim", informers.informer(PersistentVolumeClaim)],
    ["volume", informers.informer(PersistentVolume)],
    ["class", informers.informer(StorageClass)],
    ["csiNode", informers.informer(CSINode)],
  ];
  const intake = new PodIntake(options);
  const ends = [
    nodes.subscribe({
      add(node) {
        index.setNode(node);
        queue.happened({ kind: "nodeAdded", node });
      },
      update(node, previous) {
        const parts = changedParts(node, previous);
        index.setNode(node);
        if (differs(parts)) queue.happened({ kind: "nodeChanged", node, previous, parts });
      },
      delete(node) {
        index.removeNode(node.metadata.name);
        queue.happened({ kind: "nodeGone", node });
      },
    }),
    namespaces.subscribe({
      update({ metadata }, previous) {
        if (sameLabels(metadata.labels ?? {}, previous.metadata.labels ?? {})) return;
        queue.happened({ kind: "namespaceChanged", namespace: metadata.name });
      },
    }),
    ...storage.map(([what, informer]) => {
      const happened = ({ metadata }: StorageObject) =>
        queue.happened({ kind: "storageChanged", what, namespace: metadata.namespace ?? "", name: metadata.name });
      return informer.subscribe({ add: happened, update: happened });
    }),
    pods.subscribe({
      add: (pod) => intake.changed(pod),
      update: (pod) => intake.changed(pod),
      delete: (pod) => intake.gone(pod),
    }),
  ];
  return () => ends.forEach((end) => end());
}

interface StorageObject {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

class PodIntake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  changed(pod: Pod): void {
    if (isOver(pod)) this.gone(pod);
    else if (pod.spec.nodeName) this.#placed(pod, pod.spec.nodeName);
    else if (pod.metadata.deletionTimestamp !== undefined) this.#dropped(pod.metadata.uid);
    else if (this.#options.isOurs(pod.spec.schedulerName)) this.#pending(pod);
  }

  gone({ metadata }: Pod): void {
    this.#dropped(metadata.uid);
    const placement = this.#options.index.remove(metadata.uid);
    if (placement) this.#options.queue.happened({ kind: "podGone", pod: placement.pod });
  }

  #placed(pod: Pod, nodeName: string): void {
    const { index, queue } = this.#options;
    const { uid } = pod.metadata;
    this.#dropped(uid);
    const known = index.placementOf(uid);
    // What we decided is now true: others may go by it.
    const isNews = !known?.pod.pod.spec.nodeName;
    if (known?.nodeName === nodeName && known.pod.adopt(pod)) {
      if (isNews) queue.happened({ kind: "podPlaced", pod: known.pod });
      return;
    }
    const info = new PodInfo(pod);
    index.place(info, nodeName);
    if (known) queue.happened({ kind: "podChanged", pod: info, previous: known.pod });
    else queue.happened({ kind: "podPlaced", pod: info });
  }

  #pending(pod: Pod): void {
    const { index, queue, nominator } = this.#options;
    const { uid } = pod.metadata;
    // Decided already, though not yet bound.
    if (index.placementOf(uid)) return;
    const info = new PodInfo(pod);
    queue.put(info);
    const expectedOn = pod.status.nominatedNodeName ?? "";
    if (expectedOn !== "") nominator.set(info, expectedOn);
    else if (nominator.nodeOf(uid) !== undefined) nominator.refresh(info);
  }

  /** Needs no node from us any more. */
  #dropped(uid: string): void {
    this.#options.queue.remove(uid);
    this.#options.nominator.delete(uid);
  }
}

/** Its containers have ended for good; it takes nothing from its node any more. */
function isOver({ status }: Pod): boolean {
  return status.phase === "Succeeded" || status.phase === "Failed";
}
