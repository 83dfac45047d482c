import { invalidError } from "../schema/errors.ts";
import type { Part } from "../schema/kind.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { PodSpec } from "./pod_spec.ts";
import type { PodStatus } from "./pod_status.ts";
import { qosClass } from "./pod_qos.ts";
import { validateEphemeralContainersUpdate } from "../validation/pod.ts";

interface Pod {
  metadata: ObjectMeta;
  spec: PodSpec;
  status: PodStatus;
}

/** Leaves of `next` only the specification that `take` makes of the two; all else is as it was. */
function onlySpec(next: Pod, previous: Pod, take: (sent: PodSpec, kept: PodSpec) => PodSpec): void {
  const { resourceVersion, uid, managedFields } = next.metadata;
  next.spec = take(next.spec, structuredClone(previous.spec));
  next.metadata = { ...structuredClone(previous.metadata), resourceVersion, uid, managedFields };
  next.status = previous.status;
}

/** Containers for debugging are added, never changed (core/pod strategy.go, podEphemeralContainersStrategy). */
export const EPHEMERAL_CONTAINERS: Part<Pod> = {
  prepare(next, previous) {
    onlySpec(next, previous, ({ ephemeralContainers }, kept) => ({ ...kept, ephemeralContainers }));
  },
  validate: validateEphemeralContainersUpdate,
};

/** What containers ask for and may use (core/pod strategy.go, podResizeStrategy). */
export const RESIZE: Part<Pod> = {
  prepare(next, previous) {
    onlySpec(next, previous, (sent, kept) => {
      const wanted = new Map(sent.containers.map((container) => [container.name, container]));
      const containers = kept.containers.map((container) => {
        const { resources, resizePolicy } = wanted.get(container.name) ?? container;
        return { ...container, resources, ...(resizePolicy !== undefined && { resizePolicy }) };
      });
      return { ...kept, containers };
    });
  },
  validate(next, previous) {
    const before = previous.status.qosClass ?? qosClass(previous.spec);
    const after = qosClass(next.spec);
    if (before === after) return [];
    return [invalidError("spec", after, "Pod QOS Class may not change as a result of resizing")];
  },
};
