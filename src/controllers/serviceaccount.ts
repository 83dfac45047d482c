import { Namespace } from "#api/core/namespace.ts";
import { ServiceAccount } from "#api/core/serviceaccount.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching } from "#client/controller.ts";
import { isNamespaceTerminating } from "./replicas.ts";

const NAME = "default";

/** Gives every namespace the service account its pods run as when they name none. */
export const serviceAccountController = controller({
  name: "serviceaccount",
  component: "service-account-controller",
  for: Namespace,
  watches: [watching(ServiceAccount, ({ metadata }) => (metadata.name === NAME ? [{ name: metadata.namespace }] : []))],

  async reconcile({ metadata: { name: namespace, deletionTimestamp } }, { client, cache }) {
    const isThere = cache(ServiceAccount).get({ namespace, name: NAME }) !== undefined;
    if (isThere || deletionTimestamp !== undefined) return;
    try {
      await client.create(ServiceAccount, { metadata: { name: NAME, namespace } });
    } catch (error) {
      if (!isApiError(error, "AlreadyExists") && !isNamespaceTerminating(error)) throw error;
    }
  },
});
