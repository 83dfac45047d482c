import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { defaultClass, lacksClass } from "#api/core/volume_claims.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { Ingress } from "#api/networking/ingress.ts";
import { IngressClass } from "#api/networking/ingressclass.ts";
import { StorageClass } from "#api/storage/storageclass.ts";
import type { AdmissionRequest, AdmissionStep } from "../admission.ts";
import { storedObjects } from "../stored_object.ts";

/** A new Ingress that names no class is of the default one. */
export const defaultIngressClass: AdmissionStep = {
  name: "DefaultIngressClass",
  mutate(request) {
    if (!isNew(request, Ingress)) return;
    const { metadata, spec } = request.object as Ingress;
    const isOfOldForm = metadata.annotations?.["kubernetes.io/ingress.class"] !== undefined;
    if (spec.ingressClassName !== undefined || isOfOldForm) return;
    const found = defaultOf(request, IngressClass, ["ingressclass.kubernetes.io/is-default-class"]);
    if (found !== undefined) spec.ingressClassName = found;
  },
};

/** So is a new claim. Who names the empty class wants none. */
export const defaultStorageClass: AdmissionStep = {
  name: "DefaultStorageClass",
  mutate(request) {
    if (!isNew(request, PersistentVolumeClaim)) return;
    const claim = request.object as PersistentVolumeClaim;
    if (!lacksClass(claim)) return;
    const classes = storedObjects(request.server.store, StorageClass) as StorageClass[];
    const found = defaultClass(classes)?.metadata.name;
    if (found !== undefined) claim.spec.storageClassName = found;
  },
};

function isNew({ operation, kind, subresource }: AdmissionRequest, wanted: AnyKind): boolean {
  return operation === "CREATE" && kind === wanted && subresource === "";
}

/** The class marked as the default; of several the newest. */
function defaultOf({ server }: AdmissionRequest, kind: AnyKind, marks: readonly string[]): string | undefined {
  const isDefault = ({ metadata }: KubeObject) => marks.some((mark) => metadata.annotations?.[mark] === "true");
  const byAge = ({ metadata: a }: KubeObject, { metadata: b }: KubeObject) =>
    (b.creationTimestamp ?? "").localeCompare(a.creationTimestamp ?? "") || ((a.name ?? "") < (b.name ?? "") ? -1 : 1);
  return storedObjects(server.store, kind).filter(isDefault).toSorted(byAge)[0]?.metadata.name;
}
