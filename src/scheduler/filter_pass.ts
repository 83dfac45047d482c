import type { NodeFilter, Refusal, View } from "./framework.ts";
import type { NodeInfo } from "./nodes/node_info.ts";
import type { PodInfo } from "./nodes/pod_info.ts";
import type { WeightedPlugin } from "./plugins/all.ts";
import type { Nominator } from "./queue/nominator.ts";

/** What the filters ask of every node for one pod. */
export class FilterPass {
  readonly pod: PodInfo;
  /** Set when the pod is refused whatever the node. */
  readonly refused: Refusal | undefined;
  /** Set when only nodes of these names are worth a look, with who says so. */
  readonly onlyNodes: { readonly names: ReadonlySet<string>; readonly plugins: readonly string[] } | undefined;
  readonly #filters: NodeFilter[] = [];
  readonly #nominator: Nominator;

  constructor(pod: PodInfo, plugins: readonly WeightedPlugin[], view: View, nominator: Nominator) {
    this.pod = pod;
    this.#nominator = nominator;
    for (const { plugin } of plugins) {
      const plan = plugin.planFilter?.(pod, view);
      if (plan === undefined) continue;
      if (plan.kind === "refused") {
        this.refused = plan.refusal;
        return;
      }
      this.#filters.push(plan.filter);
      if (plan.onlyNodes === undefined) continue;
      const names = this.onlyNodes?.names.intersection(plan.onlyNodes) ?? plan.onlyNodes;
      this.onlyNodes = { names, plugins: [...(this.onlyNodes?.plugins ?? []), plugin.name] };
    }
  }

  /**
   * Why the node will not do; undefined when it will. Pods of no lower priority that are expected there count as if
   * they stood there; the node must do without them too, as they may never come.
   */
  refusal(info: NodeInfo): Refusal | undefined {
    const ahead = this.#nominator.ahead(info.name, this.pod);
    if (ahead === undefined) return this.#refusal(info);
    const present = ahead.filter(({ uid }) => !info.pods.has(uid));
    for (const each of present) this.put(info, each);
    const refusal = this.#refusal(info);
    for (const each of present) this.take(info, each);
    return refusal ?? this.#refusal(info);
  }

  /** Puts a pod on a node on trial. */
  put(info: NodeInfo, pod: PodInfo): void {
    info.add(pod);
    for (const filter of this.#filters) filter.changed?.(info, pod, 1);
  }

  /** Takes a pod off a node on trial. Whoever tries takes everything back in the same turn. */
  take(info: NodeInfo, pod: PodInfo): void {
    info.remove(pod);
    for (const filter of this.#filters) filter.changed?.(info, pod, -1);
  }

  #refusal(info: NodeInfo): Refusal | undefined {
    for (const filter of this.#filters) {
      const refusal = filter.refusal(info);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }
}
