import { Pod } from "#api/core/pod.ts";
import type { AdmissionStep } from "../admission.ts";

const TAINTS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] as const;
/** kube-apiserver --default-not-ready-toleration-seconds, --default-unreachable-toleration-seconds. */
const TOLERATION_SECONDS = 300;

/** A pod stays on a node that went away for five minutes, unless it says otherwise (DefaultTolerationSeconds). */
export const defaultTolerations: AdmissionStep = {
  name: "DefaultTolerationSeconds",
  mutate({ operation, kind, object, subresource }) {
    if (operation === "DELETE" || kind !== Pod || subresource !== "") return;
    const { spec } = object as Pod;
    for (const key of TAINTS) {
      const tolerated = spec.tolerations?.some(
        (each) => (each.key === key || (each.key ?? "") === "") && ["NoExecute", ""].includes(each.effect ?? ""),
      );
      if (tolerated) continue;
      const toleration = { key, operator: "Exists", effect: "NoExecute", tolerationSeconds: TOLERATION_SECONDS };
      spec.tolerations = [...(spec.tolerations ?? []), toleration];
    }
  },
};
