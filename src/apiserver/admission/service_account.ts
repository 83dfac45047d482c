import { Pod } from "#api/core/pod.ts";
import { ServiceAccount } from "#api/core/serviceaccount.ts";
import type { AdmissionStep } from "../admission.ts";
import { storageKey } from "../object_codec.ts";
import { forbidden } from "../status_error.ts";

const DEFAULT_ACCOUNT = "default";

/** Every pod runs as a service account that exists; `default` when it names none. No token is mounted yet. */
export const serviceAccountAdmission: AdmissionStep = {
  name: "ServiceAccount",
  mutate({ operation, kind, object, subresource }) {
    if (operation !== "CREATE" || kind !== Pod || subresource !== "") return;
    const { spec } = object as Pod;
    spec.serviceAccountName ||= DEFAULT_ACCOUNT;
    spec.serviceAccount = spec.serviceAccountName;
  },
  validate({ server, operation, kind, object, namespace, name, subresource }) {
    if (operation !== "CREATE" || kind !== Pod || subresource !== "") return;
    const account = (object as Pod).spec.serviceAccountName ?? DEFAULT_ACCOUNT;
    if (server.store.get(storageKey(ServiceAccount, namespace, account)) !== undefined) return;
    const missing = `serviceaccount ${JSON.stringify(account)} not found`;
    throw forbidden(kind, name, `error looking up service account ${namespace}/${account}: ${missing}`);
  },
};
