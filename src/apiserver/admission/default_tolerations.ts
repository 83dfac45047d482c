import { Pod } from "#api/core/pod.ts";
import type { AdmissionStep } from "../admission.ts";

const TAINTS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] as const;
/** kube-apiserver --default-not-ready-toleration-seconds, --default-unreachable-toleration-seconds. */
export const DEFAULT_TOLERATION_SECONDS = 300;

/** A pod stays for a while on a node that went away, unless it says otherwise (DefaultTolerationSeconds). */
export const defaultTolerations: AdmissionStep = {
  name: "DefaultTolerationSeconds",
  mutate({ operation, kind, object, subresource, server }) {
    if (operation === "DELETE" || kind !== Pod || subresource !== "") return;
    const { spec } = object as Pod;
    for (const key of TAINTS) {
      const tolerated = spec.tolerations?.some(
        (each) => (each.key === key || (each.key ?? "") === "") && ["NoExecute", ""].includes(each.effect ?? ""),
      );
      if (tolerated) continue;
      const { tolerationSeconds } = server;
      const toleration = { key, operator: "Exists", effect: "NoExecute", tolerationSeconds };
      spec.tolerations = [...(spec.tolerations ?? []), toleration];
    }
  },
};
