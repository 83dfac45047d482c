import { seededRandom } from "#base/random.ts";
import type { Container } from "#api/core/container.ts";
import { Pod } from "#api/core/pod.ts";
import { ServiceAccount } from "#api/core/serviceaccount.ts";
import type { AdmissionRequest, AdmissionStep } from "../admission.ts";
import { objectOf, storageKey } from "../object_codec.ts";
import { generatedName } from "../object_rules.ts";
import { forbidden } from "../status_error.ts";

const DEFAULT_ACCOUNT = "default";
const VOLUME_PREFIX = "kube-api-access-";
/** Where client libraries look for the token, the cluster's certificate and the namespace. */
const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
/** An hour and seven seconds: recognised as nobody's wish, see `ServiceAccountTokens`. */
const TOKEN_SECONDS = 3607;
const FILE_MODE = 0o644;

/** Every pod runs as a service account that exists, `default` when it names none, and has its token mounted. */
export const serviceAccountAdmission: AdmissionStep = {
  name: "ServiceAccount",
  mutate(request) {
    if (!isNewPod(request)) return;
    const { spec } = request.object as Pod;
    spec.serviceAccountName ||= DEFAULT_ACCOUNT;
    spec.serviceAccount = spec.serviceAccountName;
    const account = accountOf(request);
    if (account === undefined) return;
    const secrets = account.imagePullSecrets ?? [];
    if (!spec.imagePullSecrets?.length && secrets.length > 0) spec.imagePullSecrets = structuredClone([...secrets]);
    const wanted = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
    if (wanted && request.server.accounts !== undefined) mountToken(spec, account);
  },
  validate(request) {
    if (!isNewPod(request) || accountOf(request) !== undefined) return;
    const { kind, object, namespace, name } = request;
    const account = (object as Pod).spec.serviceAccountName ?? DEFAULT_ACCOUNT;
    const missing = `serviceaccount ${JSON.stringify(account)} not found`;
    throw forbidden(kind, name, `error looking up service account ${namespace}/${account}: ${missing}`);
  },
};

function isNewPod({ operation, kind, subresource }: AdmissionRequest): boolean {
  return operation === "CREATE" && kind === Pod && subresource === "";
}

function accountOf({ server, object, namespace }: AdmissionRequest): ServiceAccount | undefined {
  const { serviceAccountName = DEFAULT_ACCOUNT } = (object as Pod).spec;
  const entry = server.store.get(storageKey(ServiceAccount, namespace, serviceAccountName));
  return entry && (objectOf(entry) as ServiceAccount);
}

/** Mounts the token in each container that has nothing of its own in that place. */
function mountToken(spec: Pod["spec"], account: ServiceAccount): void {
  const known = spec.volumes?.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const name = known?.name ?? volumeName(account);
  let isMounted = false;
  const mount = (container: Container): void => {
    const { volumeMounts = [] } = container;
    if (volumeMounts.some(({ mountPath }) => mountPath === MOUNT_PATH)) return;
    container.volumeMounts = [...volumeMounts, { name, readOnly: true, mountPath: MOUNT_PATH }];
    isMounted = true;
  };
  spec.initContainers?.forEach(mount);
  spec.containers.forEach(mount);
  if (known === undefined && isMounted) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

/**
 * Kubernetes draws the end of the name anew for each pod. Here it is the account's: the specs of pods made alike are then
 * alike, and are kept once for all of them (`pod_specs.ts`).
 */
function volumeName({ metadata }: ServiceAccount): string {
  const seed = Number.parseInt((metadata.uid ?? "").slice(0, 8), 16);
  return generatedName(VOLUME_PREFIX, seededRandom(seed));
}

function tokenVolume(name: string): NonNullable<Pod["spec"]["volumes"]>[number] {
  const fieldRef = { apiVersion: "v1", fieldPath: "metadata.namespace" };
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        { downwardAPI: { items: [{ path: "namespace", fieldRef }] } },
      ],
      defaultMode: FILE_MODE,
    },
  };
}
