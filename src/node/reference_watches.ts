import { ConfigMap } from "#api/core/configmap.ts";
import { Secret } from "#api/core/secret.ts";
import type { Pod } from "#api/core/pod.ts";
import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { Client } from "#client/client.ts";
import { reflect } from "#client/reflector.ts";
import { allContainers } from "./pod_containers.ts";
import type { Reference } from "./references.ts";
import { volumeReferences } from "./volumes/payload.ts";

export interface ReferenceWatchesOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Called with the key of a reference whose object may have changed. */
  readonly changed: (key: string) => void;
}

/**
 * Follows the ConfigMaps and Secrets that this node's pods refer to, each by its name: that is all a node may see of them.
 * A watch lives as long as some pod needs it.
 */
export class ReferenceWatches {
  readonly #options: ReferenceWatchesOptions;
  readonly #watches = new Map<string, { readonly abort: AbortController; readonly pods: Set<string> }>();

  constructor(options: ReferenceWatchesOptions) {
    this.#options = options;
  }

  /** Makes the watches of a pod what it refers to; pass no references when it has ended. */
  follow(podUid: string, references: readonly Reference[]): void {
    const wanted = new Map(references.map((reference) => [referenceKey(reference), reference]));
    for (const [key, { abort, pods }] of this.#watches) {
      if (wanted.has(key) || !pods.delete(podUid) || pods.size > 0) continue;
      abort.abort(new Error("no pod refers to it any more"));
      this.#watches.delete(key);
    }
    for (const [key, reference] of wanted) {
      const known = this.#watches.get(key) ?? this.#begin(key, reference);
      known.pods.add(podUid);
    }
  }

  stop(): void {
    for (const { abort } of this.#watches.values()) abort.abort(new Error("the agent was stopped"));
    this.#watches.clear();
  }

  #begin(key: string, { kind, namespace, name }: Reference) {
    const watch = { abort: new AbortController(), pods: new Set<string>() };
    this.#watches.set(key, watch);
    const { changed } = this.#options;
    void reflect<typeof ConfigMap | typeof Secret>({
      ...this.#options,
      kind: kind === "Secret" ? Secret : ConfigMap,
      selection: { namespace, fieldSelector: `metadata.name=${name}` },
      target: { replace: () => changed(key), apply: ({ type }) => type !== "BOOKMARK" && changed(key) },
      signal: watch.abort.signal,
    }).catch((error: unknown) => this.#options.log.warn("cannot follow what a pod refers to", { key, error }));
    return watch;
  }
}

export function referenceKey({ kind, namespace, name }: Reference): string {
  return `${kind} ${namespace}/${name}`;
}

/** Every ConfigMap and Secret a pod's volumes and variables refer to. */
export function podReferences(pod: Pod): Reference[] {
  const { namespace } = pod.metadata;
  const references = (pod.spec.volumes ?? []).flatMap((volume) => volumeReferences(volume, namespace));
  const add = (kind: Reference["kind"], ref: { readonly name?: string | undefined } | undefined) => {
    if (ref?.name) references.push({ kind, namespace, name: ref.name });
  };
  for (const container of allContainers(pod)) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add("ConfigMap", configMapRef);
      add("Secret", secretRef);
    }
    for (const { valueFrom } of container.env ?? []) {
      add("ConfigMap", valueFrom?.configMapKeyRef);
      add("Secret", valueFrom?.secretKeyRef);
    }
  }
  return references.filter(({ name }) => name !== "");
}
