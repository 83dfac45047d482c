import { PersistentVolume } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { CLAIM_PROTECTION, classNameOf, VOLUME_PROTECTION } from "#api/core/volume_claims.ts";
import { compareQuantities } from "#api/quantity.ts";
import { StorageClass } from "#api/storage/storageclass.ts";
import type { AdmissionStep } from "../admission.ts";
import { objectOf, storageKey } from "../object_codec.ts";
import { forbidden } from "../status_error.ts";

/** New claims and volumes are protected from being deleted while they are used (StorageObjectInUseProtection). */
export const storageProtection: AdmissionStep = {
  name: "StorageObjectInUseProtection",
  mutate({ operation, kind, subresource, object }) {
    if (operation !== "CREATE" || subresource !== "" || object === undefined) return;
    const finalizer = kind === PersistentVolumeClaim ? CLAIM_PROTECTION : VOLUME_PROTECTION;
    if (kind !== PersistentVolumeClaim && kind !== PersistentVolume) return;
    const { metadata } = object;
    if (metadata.finalizers?.includes(finalizer)) return;
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};

/** A claim grows only when it is bound and its class lets it (PersistentVolumeClaimResize). */
export const claimResize: AdmissionStep = {
  name: "PersistentVolumeClaimResize",
  validate({ operation, kind, subresource, object, previous, server, name }) {
    if (operation !== "UPDATE" || kind !== PersistentVolumeClaim || subresource !== "") return;
    const [next, before] = [object as PersistentVolumeClaim, previous as PersistentVolumeClaim];
    const size = ({ spec }: PersistentVolumeClaim) => spec.resources.requests?.["storage"] ?? "0";
    if (compareQuantities(size(next), size(before)) <= 0) return;
    if (before.status.phase !== "Bound") {
      throw forbidden(kind, name, "Only bound persistent volume claims can be expanded");
    }
    const entry = server.store.get(storageKey(StorageClass, "", classNameOf(next)));
    if (entry && (objectOf(entry) as StorageClass).allowVolumeExpansion) return;
    const rule =
      "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
    throw forbidden(kind, name, rule);
  },
};
