import { ReplicaSet } from "#api/apps/replicaset.ts";
import { StatefulSet } from "#api/apps/statefulset.ts";
import { Namespace } from "#api/core/namespace.ts";
import { PersistentVolume } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import type { Pod } from "#api/core/pod.ts";
import { ReplicationController } from "#api/core/replicationcontroller.ts";
import { Service } from "#api/core/service.ts";
import { controllerOf } from "#api/ownership.ts";
import { LabelMatcher, labelMapMatcher, labelSelectorMatcher } from "#api/selectors/labels.ts";
import { CSINode } from "#api/storage/csinode.ts";
import { StorageClass } from "#api/storage/storageclass.ts";
import type { Cache } from "#client/cache.ts";
import type { InformerFactory } from "#client/informer.ts";
import type { Facts } from "./framework.ts";

/** What plugins ask beside nodes and pods, from the caches of the informers. */
export function factsFrom(informers: InformerFactory): Facts {
  const namespaces = informers.informer(Namespace).cache;
  const claims = informers.informer(PersistentVolumeClaim).cache;
  const volumes = informers.informer(PersistentVolume).cache;
  const classes = informers.informer(StorageClass).cache;
  const csiNodes = informers.informer(CSINode).cache;
  const selectors = new OwnersSelectors(informers);
  return {
    namespaceLabels: (name) => namespaces.get({ name })?.metadata.labels,
    namespacesMatching: (selector) =>
      namespaces
        .list()
        .filter(({ metadata }) => selector.matches(metadata.labels ?? {}))
        .map(({ metadata }) => metadata.name),
    ownersSelector: (pod) => selectors.of(pod),
    volumes: {
      claim: (namespace, name) => claims.get({ namespace, name }),
      volume: (name) => volumes.get({ name }),
      volumes: () => volumes.list(),
      storageClass: (name) => classes.get({ name }),
      csiNode: (name) => csiNodes.get({ name }),
    },
  };
}

/** By what Services and its owner select a pod: whom it is to be spread against when it does not say. */
class OwnersSelectors {
  readonly #services: Cache<Service>;
  readonly #controllers: Cache<ReplicationController>;
  readonly #replicaSets: Cache<ReplicaSet>;
  readonly #statefulSets: Cache<StatefulSet>;

  constructor(informers: InformerFactory) {
    this.#services = informers.informer(Service).cache;
    this.#controllers = informers.informer(ReplicationController).cache;
    this.#replicaSets = informers.informer(ReplicaSet).cache;
    this.#statefulSets = informers.informer(StatefulSet).cache;
  }

  /** All of them together; undefined when nothing selects the pod (plugins/helper/spread.go DefaultSelector). */
  of(pod: Pod): LabelMatcher | undefined {
    const requirements = [...this.#ofServices(pod), ...this.#ofOwner(pod)];
    if (requirements.length === 0) return undefined;
    return new LabelMatcher(requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)));
  }

  #ofServices({ metadata }: Pod) {
    const { namespace, labels = {} } = metadata;
    const merged: Record<string, string> = {};
    for (const { spec } of this.#services.list(namespace)) {
      const selector = Object.entries(spec.selector ?? {});
      if (selector.length > 0 && selector.every(([key, value]) => labels[key] === value)) {
        Object.assign(merged, spec.selector);
      }
    }
    return labelMapMatcher(merged).requirements;
  }

  #ofOwner(pod: Pod) {
    const owner = controllerOf(pod);
    if (owner === undefined) return [];
    const ref = { namespace: pod.metadata.namespace, name: owner.name };
    switch (`${owner.apiVersion}/${owner.kind}`) {
      case "v1/ReplicationController": {
        const found = this.#controllers.get(ref);
        return found?.spec.selector ? labelMapMatcher(found.spec.selector).requirements : [];
      }
      case "apps/v1/ReplicaSet": {
        const found = this.#replicaSets.get(ref);
        return found ? labelSelectorMatcher(found.spec.selector).requirements : [];
      }
      case "apps/v1/StatefulSet": {
        const found = this.#statefulSets.get(ref);
        return found ? labelSelectorMatcher(found.spec.selector).requirements : [];
      }
      default:
        return [];
    }
  }
}
