import { PersistentVolume } from "#api/core/persistentvolume.ts";
import { isReachable, LOCAL_PROVISIONER, PROVISIONED_BY } from "#api/core/volume_claims.ts";
import { Node } from "#api/core/node.ts";
import type { AdmissionStep } from "../admission.ts";
import { nodeNameOf } from "../node_authorizer.ts";
import { objectOf, storageKey } from "../object_codec.ts";
import { forbidden } from "../status_error.ts";

/** A node deletes only volumes that are directories of its own and that nobody has any more. */
export const nodeVolumes: AdmissionStep = {
  name: "NodeVolumes",
  validate({ operation, kind, previous, user, name, server }) {
    const nodeName = nodeNameOf(user);
    if (nodeName === undefined || operation !== "DELETE" || kind !== PersistentVolume) return;
    const volume = previous as PersistentVolume;
    const entry = server.store.get(storageKey(Node, "", nodeName));
    const labels = entry ? ((objectOf(entry) as Node).metadata.labels ?? {}) : {};
    const isOurs =
      volume.metadata.annotations?.[PROVISIONED_BY] === LOCAL_PROVISIONER &&
      volume.spec.nodeAffinity?.required !== undefined &&
      isReachable(volume, { name: nodeName, labels });
    if (isOurs && volume.status.phase === "Released" && volume.spec.persistentVolumeReclaimPolicy === "Delete") return;
    throw forbidden(
      kind,
      name,
      `node ${JSON.stringify(nodeName)} can only delete local volumes of its own that are released`,
    );
  },
};
