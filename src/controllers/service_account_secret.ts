import { base64OfText } from "#api/base64.ts";
import { ConfigMap } from "#api/core/configmap.ts";
import { Secret } from "#api/core/secret.ts";
import { ServiceAccount } from "#api/core/serviceaccount.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching, type Context } from "#client/controller.ts";

const TYPE = "kubernetes.io/service-account-token";
const NAME_ANNOTATION = "kubernetes.io/service-account.name";
const UID_ANNOTATION = "kubernetes.io/service-account.uid";
const ROOT_CA = "kube-root-ca.crt";
/** As good as for ever: the longest that can be asked for. The token ends with its Secret. */
const SECONDS = 2 ** 32;

/** Fills Secrets that ask for a service account's token, and takes away those whose account is gone. */
export const serviceAccountSecretController = controller({
  name: "serviceaccount-token",
  component: "serviceaccount-token",
  for: Secret,
  watches: [
    watching(ServiceAccount, (account, _previous, { cache }) =>
      cache(Secret)
        .list(account.metadata.namespace)
        .filter((secret) => accountName(secret) === account.metadata.name)
        .map(({ metadata }) => metadata),
    ),
    watching(ConfigMap, ({ metadata }, _previous, { cache }) =>
      metadata.name === ROOT_CA
        ? cache(Secret)
            .list(metadata.namespace)
            .filter((secret) => accountName(secret) !== undefined)
            .map((secret) => secret.metadata)
        : [],
    ),
  ],

  async reconcile(secret, context) {
    const name = accountName(secret);
    if (name === undefined || secret.metadata.deletionTimestamp !== undefined) return;
    const account = await accountOf(secret, name, context);
    if (account === undefined) await remove(secret, context);
    else await fill(secret, account, context);
  },
});

/** The account that a Secret wants the token of. */
function accountName({ type, metadata }: Secret): string | undefined {
  return type === TYPE ? metadata.annotations?.[NAME_ANNOTATION] : undefined;
}

/** The account as it stands; the one meant, when the Secret knows which. Absence is asked of the server. */
async function accountOf({ metadata }: Secret, name: string, { client }: Context): Promise<ServiceAccount | undefined> {
  try {
    const found = await client.get(ServiceAccount, { namespace: metadata.namespace, name });
    const meant = metadata.annotations?.[UID_ANNOTATION];
    return meant === undefined || meant === found.metadata.uid ? found : undefined;
  } catch (error) {
    if (isApiError(error, "NotFound")) return undefined;
    throw error;
  }
}

async function remove({ metadata }: Secret, { client }: Context): Promise<void> {
  const { uid, resourceVersion } = metadata;
  try {
    await client.delete(Secret, metadata, { preconditions: { uid, ...(resourceVersion && { resourceVersion }) } });
  } catch (error) {
    if (!isApiError(error, "NotFound")) throw error;
  }
}

async function fill(secret: Secret, account: ServiceAccount, { client, cache }: Context): Promise<void> {
  const { namespace, name, uid, annotations } = secret.metadata;
  const certificate = cache(ConfigMap).get({ namespace, name: ROOT_CA })?.data?.["ca.crt"];
  const known = {
    namespace: base64OfText(namespace),
    ...(certificate !== undefined && { "ca.crt": base64OfText(certificate) }),
  };
  const isKnown = Object.entries(known).every(([key, value]) => secret.data?.[key] === value);
  const isFilled = secret.data?.["token"] && annotations?.[UID_ANNOTATION] === account.metadata.uid;
  if (isKnown && isFilled) return;
  const token = secret.data?.["token"] ?? base64OfText(await tokenFor());
  await client.update(Secret, {
    ...secret,
    metadata: { ...secret.metadata, annotations: { ...annotations, [UID_ANNOTATION]: account.metadata.uid } },
    data: { ...secret.data, ...known, token },
  });

  async function tokenFor(): Promise<string> {
    const boundObjectRef = { apiVersion: "v1", kind: "Secret", name, uid };
    const body = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { boundObjectRef, expirationSeconds: SECONDS },
    };
    const answer = await client.createSubresource(ServiceAccount, account.metadata, "token", body);
    return (answer as { readonly status: { readonly token: string } }).status.token;
  }
}
