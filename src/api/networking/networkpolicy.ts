import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column, selectorText } from "../columns.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { STRING, int32, intOrString, list, of, ptr, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateNetworkPolicy } from "../validation/networkpolicy.ts";

export const NetworkPolicyPort = object("io.k8s.api.networking.v1.NetworkPolicyPort", {
  protocol: string(1, { ptr: true, default: "TCP", enum: ["SCTP", "TCP", "UDP"] }),
  port: intOrString(2, { ptr: true }),
  endPort: int32(3, { ptr: true }),
});
export interface NetworkPolicyPort extends ValueOf<typeof NetworkPolicyPort> {}

export const IPBlock = object("io.k8s.api.networking.v1.IPBlock", {
  cidr: string(1, { required: true, always: true }),
  except: list(2, STRING),
});
export interface IPBlock extends ValueOf<typeof IPBlock> {}

export const NetworkPolicyPeer = object("io.k8s.api.networking.v1.NetworkPolicyPeer", {
  podSelector: ptr(1, LabelSelector),
  namespaceSelector: ptr(2, LabelSelector),
  ipBlock: ptr(3, IPBlock),
});
export interface NetworkPolicyPeer extends ValueOf<typeof NetworkPolicyPeer> {}

export const NetworkPolicyIngressRule = object("io.k8s.api.networking.v1.NetworkPolicyIngressRule", {
  ports: list(1, NetworkPolicyPort),
  from: list(2, NetworkPolicyPeer),
});
export interface NetworkPolicyIngressRule extends ValueOf<typeof NetworkPolicyIngressRule> {}

export const NetworkPolicyEgressRule = object("io.k8s.api.networking.v1.NetworkPolicyEgressRule", {
  ports: list(1, NetworkPolicyPort),
  to: list(2, NetworkPolicyPeer),
});
export interface NetworkPolicyEgressRule extends ValueOf<typeof NetworkPolicyEgressRule> {}

export const NetworkPolicySpec = object("io.k8s.api.networking.v1.NetworkPolicySpec", {
  podSelector: of(1, LabelSelector),
  ingress: list(2, NetworkPolicyIngressRule),
  egress: list(3, NetworkPolicyEgressRule),
  policyTypes: list(4, STRING, { enum: ["Egress", "Ingress"] }),
});
export interface NetworkPolicySpec extends ValueOf<typeof NetworkPolicySpec> {}

/** What traffic the selected pods may receive and send. */
export const NetworkPolicy = kind(
  "io.k8s.api.networking.v1.NetworkPolicy",
  { group: "networking.k8s.io", version: "v1", kind: "NetworkPolicy", plural: "networkpolicies", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, NetworkPolicySpec),
  },
  {
    shortNames: ["netpol"],
    generation: true,
    setDefaults({ spec }) {
      if (!spec || spec.policyTypes?.length) return;
      spec.policyTypes = spec.egress?.length ? ["Ingress", "Egress"] : ["Ingress"];
    },
    columns: [
      NAME,
      column("Pod-Selector", "string", "Which pods it is about.", ({ spec }) => selectorText(spec.podSelector)),
      AGE,
    ],
    validate: validateNetworkPolicy,
  },
);
export interface NetworkPolicy extends ObjectOf<typeof NetworkPolicy> {}
export type NetworkPolicyDraft = DraftObjectOf<typeof NetworkPolicy>;
