import { seededRandom } from "#base/random.ts";
import { decode } from "#api/codec/decode.ts";
import { documentOf } from "#api/codec/document.ts";
import { Node, type NodeDraft } from "#api/core/node.ts";
import { Pod, type PodDraft } from "#api/core/pod.ts";
import { applyDefaults } from "#api/defaults.ts";
import type { LabelMatcher, Labels } from "#api/selectors/labels.ts";
import { profilesOf, type ProfileSettings } from "./configuration.ts";
import { Decider, type Decision } from "./decision.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { Facts, View } from "./framework.ts";
import { ClusterIndex } from "./nodes/cluster_index.ts";
import { PodInfo } from "./nodes/pod_info.ts";
import { Nominator } from "./queue/nominator.ts";
import type { VolumeFacts } from "./volume_facts.ts";

let uids = 0;

export type SpecDraft = Partial<NonNullable<PodDraft["spec"]>>;
type MetaDraft = NonNullable<PodDraft["metadata"]>;

/** A pod as the API server would have it: defaults filled in, a uid of its own. */
export function podWith(spec: SpecDraft = {}, metadata: Partial<MetaDraft> = {}, status: PodDraft["status"] = {}): Pod {
  const uid = `pod-${uids++}`;
  const draft: PodDraft = {
    metadata: { name: uid, namespace: "default", uid, ...metadata },
    spec: { containers: [{ name: "c", image: "i:1" }], ...spec },
    status,
  };
  const { object } = decode(Pod, documentOf(draft), "Strict");
  applyDefaults(Pod, object);
  return object;
}

export function podInfo(spec: SpecDraft = {}, labels: Record<string, string> = {}): PodInfo {
  return new PodInfo(podWith(spec, { labels }));
}

/** A container that asks for these resources. */
export function asking(requests: Record<string, string>): SpecDraft {
  return { containers: [{ name: "c", image: "i:1", resources: { requests } }] };
}

export interface NodeFacts {
  readonly labels?: Record<string, string>;
  readonly allocatable?: Record<string, string>;
  readonly spec?: NodeDraft["spec"];
  readonly images?: { readonly names: string[]; readonly sizeBytes: number }[];
  readonly pods?: readonly PodInfo[];
}

/** A node with 2 cpus, 4Gi and 110 places unless told otherwise, labelled with its own name. */
export function nodeWith(name: string, facts: NodeFacts = {}): Node {
  const { labels, allocatable = { cpu: "2", memory: "4Gi", pods: "110" }, spec = {}, images = [] } = facts;
  const draft: NodeDraft = {
    metadata: { name, uid: name, labels: { "kubernetes.io/hostname": name, ...labels } },
    spec,
    status: { allocatable, images },
  };
  return decode(Node, documentOf(draft), "Strict").object;
}

interface OtherFacts {
  readonly namespaces?: Readonly<Record<string, Labels>>;
  readonly ownersSelector?: LabelMatcher;
  readonly volumes?: Partial<VolumeFacts>;
}

/** A cluster of these nodes and the pods on them. */
export class TestCluster {
  readonly index = new ClusterIndex();
  readonly nominator = new Nominator();
  readonly random = seededRandom(1);
  readonly view: View;
  readonly decider: Decider;

  constructor(nodes: Readonly<Record<string, NodeFacts>>, facts: OtherFacts = {}) {
    this.view = { index: this.index, facts: factsWith(facts) };
    this.decider = new Decider({ view: this.view, nominator: this.nominator, random: this.random });
    for (const [name, node] of Object.entries(nodes)) {
      this.index.setNode(nodeWith(name, node));
      for (const pod of node.pods ?? []) this.index.place(pod, name);
    }
  }

  decide(pod: PodInfo, settings: Partial<ProfileSettings> = {}): Decision {
    const plugins = pluginsWith(settings);
    return this.decider.decide(pod, plugins, settings.percentageOfNodesToScore);
  }

  /** The nodes that will do, and why the others will not. */
  search(pod: PodInfo, settings: Partial<ProfileSettings> = {}): { feasible: string[]; diagnosis: Diagnosis } {
    const { feasible, diagnosis } = this.decider.search(pod, pluginsWith(settings));
    return { feasible: feasible.map(({ name }) => name).toSorted(), diagnosis };
  }

  setNode(name: string, facts: NodeFacts): void {
    this.index.setNode(nodeWith(name, facts));
  }

  /** Every node's rates by one plugin, as they are before they are weighed. */
  rates(pod: PodInfo, name: string, settings: Partial<ProfileSettings> = {}): Record<string, number> | undefined {
    const found = pluginsWith(settings).find(({ plugin }) => plugin.name === name);
    const score = found?.plugin.planScore?.(pod, this.view, this.index.order);
    if (score === undefined) return undefined;
    const rates = this.index.order.map((info) => score.rate(info));
    score.normalise?.(rates);
    return Object.fromEntries(this.index.order.map((info, at) => [info.name, rates[at] ?? Number.NaN]));
  }
}

export function pluginsWith(settings: Partial<ProfileSettings> = {}) {
  return profilesOf([{ schedulerName: "default-scheduler", ...settings }]).get("default-scheduler")?.plugins ?? [];
}

/** What the plugins know beside nodes and pods: nothing, but for what is given. */
export function factsWith({ namespaces = {}, ownersSelector, volumes = {} }: OtherFacts): Facts {
  return {
    namespaceLabels: (name) => namespaces[name],
    namespacesMatching: (selector) =>
      Object.keys(namespaces).filter((name) => selector.matches(namespaces[name] ?? {})),
    ownersSelector: () => ownersSelector,
    volumes: {
      claim: () => undefined,
      volume: () => undefined,
      volumes: () => [],
      storageClass: () => undefined,
      csiNode: () => undefined,
      ...volumes,
    },
  };
}
