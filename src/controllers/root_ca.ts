import { ConfigMap } from "#api/core/configmap.ts";
import { Namespace } from "#api/core/namespace.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching, type Controller } from "#client/controller.ts";
import { isNamespaceTerminating } from "./replicas.ts";

const NAME = "kube-root-ca.crt";
const DESCRIPTION_KEY = "kubernetes.io/description";
const DESCRIPTION =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the " +
  "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/**
 * Gives every namespace the certificate by which pods know the API server; the token volume of each pod holds it.
 *
 * @param certificate PEM, one or several.
 */
export function rootCaController(certificate: string): Controller<typeof Namespace> {
  return controller({
    name: "root-ca",
    component: "root-ca-certificate-publisher",
    for: Namespace,
    watches: [watching(ConfigMap, ({ metadata }) => (metadata.name === NAME ? [{ name: metadata.namespace }] : []))],

    async reconcile({ metadata: { name: namespace, deletionTimestamp } }, { client, cache }) {
      if (deletionTimestamp !== undefined) return;
      const data = { "ca.crt": certificate };
      const known = cache(ConfigMap).get({ namespace, name: NAME });
      const isRight = known?.data?.["ca.crt"] === certificate && Object.keys(known.data).length === 1;
      if (isRight && known.metadata.annotations?.[DESCRIPTION_KEY]) return;
      const annotations = { ...known?.metadata.annotations, [DESCRIPTION_KEY]: DESCRIPTION };
      try {
        if (known) await client.update(ConfigMap, { ...known, data, metadata: { ...known.metadata, annotations } });
        else await client.create(ConfigMap, { metadata: { name: NAME, namespace, annotations }, data });
      } catch (error) {
        if (!isApiError(error, "AlreadyExists") && !isNamespaceTerminating(error)) throw error;
      }
    },
  });
}
