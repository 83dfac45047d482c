import { Namespace } from "#api/core/namespace.ts";
import type { AdmissionRequest, AdmissionStep } from "../admission.ts";
import { objectOf, storageKey } from "../object_codec.ts";
import { forbidden, namespaceTerminating, notFound } from "../status_error.ts";

/** Namespaces that may not be deleted. */
const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);

/** Objects are created only in namespaces that exist and are to stay (plugin/pkg/admission/namespace/lifecycle). */
export const namespaceLifecycle: AdmissionStep = {
  name: "NamespaceLifecycle",
  mutate: checkNamespace,
  validate(request) {
    if (request.operation !== "DELETE" || request.kind !== Namespace || !IMMORTAL.has(request.name)) return;
    throw forbidden(request.kind, request.name, "this namespace may not be deleted");
  },
};

function checkNamespace({ operation, server, kind, namespace, name }: AdmissionRequest): void {
  if (operation !== "CREATE" || namespace === "") return;
  const entry = server.store.get(storageKey(Namespace, "", namespace));
  if (entry === undefined) throw notFound(Namespace, namespace);
  if (objectOf(entry).metadata.deletionTimestamp === undefined) return;
  throw namespaceTerminating(kind, name, namespace);
}
