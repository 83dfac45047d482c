import type { ValueOf } from "../schema/schema.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { NodeSelector, PreferredSchedulingTerm } from "./node_selector.ts";
import { STRING, int32, list, of, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const NodeAffinity = object("io.k8s.api.core.v1.NodeAffinity", {
  requiredDuringSchedulingIgnoredDuringExecution: ptr(1, NodeSelector),
  preferredDuringSchedulingIgnoredDuringExecution: list(2, PreferredSchedulingTerm),
});
export interface NodeAffinity extends ValueOf<typeof NodeAffinity> {}

export const PodAffinityTerm = object("io.k8s.api.core.v1.PodAffinityTerm", {
  labelSelector: ptr(1, LabelSelector),
  namespaces: list(2, STRING),
  topologyKey: string(3, { required: true, always: true }),
  namespaceSelector: ptr(4, LabelSelector),
  matchLabelKeys: list(5, STRING),
  mismatchLabelKeys: list(6, STRING),
});
export interface PodAffinityTerm extends ValueOf<typeof PodAffinityTerm> {}

export const WeightedPodAffinityTerm = object("io.k8s.api.core.v1.WeightedPodAffinityTerm", {
  weight: int32(1, { required: true, always: true }),
  podAffinityTerm: of(2, PodAffinityTerm, { required: true }),
});
export interface WeightedPodAffinityTerm extends ValueOf<typeof WeightedPodAffinityTerm> {}

export const PodAffinity = object("io.k8s.api.core.v1.PodAffinity", {
  requiredDuringSchedulingIgnoredDuringExecution: list(1, PodAffinityTerm),
  preferredDuringSchedulingIgnoredDuringExecution: list(2, WeightedPodAffinityTerm),
});
export interface PodAffinity extends ValueOf<typeof PodAffinity> {}

export const PodAntiAffinity = object("io.k8s.api.core.v1.PodAntiAffinity", {
  requiredDuringSchedulingIgnoredDuringExecution: list(1, PodAffinityTerm),
  preferredDuringSchedulingIgnoredDuringExecution: list(2, WeightedPodAffinityTerm),
});
export interface PodAntiAffinity extends ValueOf<typeof PodAntiAffinity> {}

export const Affinity = object("io.k8s.api.core.v1.Affinity", {
  nodeAffinity: ptr(1, NodeAffinity),
  podAffinity: ptr(2, PodAffinity),
  podAntiAffinity: ptr(3, PodAntiAffinity),
});
export interface Affinity extends ValueOf<typeof Affinity> {}
