import { LOCAL_PROVISIONER } from "#api/core/volume_claims.ts";
import type { HttpHandler } from "#base/http.ts";

/** Where pods and nodes reach this API server. */
export interface ApiEndpoint {
  readonly address: string;
  readonly port: number;
  /** The Service's own address, the first of the Service range. */
  readonly clusterIp: string;
}

/** Who creates what every cluster has. */
const USER = "system:apiserver";
const NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];
const PRIORITY_CLASSES = [
  {
    name: "system-node-critical",
    value: 2_000_001_000,
    description: "Used for system critical pods that must not be moved from their current node.",
  },
  {
    name: "system-cluster-critical",
    value: 2_000_000_000,
    description:
      "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  },
];
/** Directories on the nodes; pods come first, their volumes where they are. */
const DEFAULT_CLASS = {
  metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: LOCAL_PROVISIONER,
  reclaimPolicy: "Delete",
  volumeBindingMode: "WaitForFirstConsumer",
  allowVolumeExpansion: true,
};
const SERVICE = { name: "kubernetes", labels: { component: "apiserver", provider: "kubernetes" } };
const SLICE_LABELS = { "kubernetes.io/service-name": "kubernetes" };

/**
 * Creates what every cluster has: its first namespaces, the classes of what must not be pushed
 * out, the class of volumes for who names none, and the Service by which pods reach this API server. May be
 * called at each start; what is there is left alone but for the server's address.
 *
 * @throws {Error} When the server refuses; its message is the server's.
 */
export async function bootstrap(handle: HttpHandler, endpoint: ApiEndpoint): Promise<void> {
  const { address, port, clusterIp } = endpoint;
  for (const name of NAMESPACES) {
    const labels = { "kubernetes.io/metadata.name": name };
    await ensure(handle, "/api/v1/namespaces", { metadata: { name, labels } });
  }
  for (const { name, ...fields } of PRIORITY_CLASSES) {
    await ensure(handle, "/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name }, ...fields });
  }
  await ensure(handle, "/apis/storage.k8s.io/v1/storageclasses", DEFAULT_CLASS);
  await ensure(handle, "/api/v1/namespaces/default/services", {
    metadata: SERVICE,
    spec: { clusterIP: clusterIp, ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: port }] },
  });
  const ports = [{ name: "https", port, protocol: "TCP" }];
  await ensure(
    handle,
    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
    {
      metadata: { name: SERVICE.name, labels: SLICE_LABELS },
      addressType: "IPv4",
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports,
    },
    true,
  );
  await ensure(
    handle,
    "/api/v1/namespaces/default/endpoints",
    {
      metadata: { name: SERVICE.name, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
      subsets: [{ addresses: [{ ip: address }], ports }],
    },
    true,
  );
}

/** The authorities servers of aggregated APIs need to know, PEM, and the name in the certificate that forwards. */
export interface Authorities {
  /** Of clients' own certificates. */
  readonly clients: string;
  /** Of the certificate with which this server forwards requests. */
  readonly frontProxy: string;
  readonly frontProxyName: string;
}

/** Tells servers of aggregated APIs whom to believe; what they read it from is kept up to date. */
export async function publishAuthorities(handle: HttpHandler, authorities: Authorities): Promise<void> {
  const { clients, frontProxy, frontProxyName } = authorities;
  const draft = {
    metadata: { name: "extension-apiserver-authentication", namespace: "kube-system" },
    data: {
      "client-ca-file": clients,
      "requestheader-allowed-names": JSON.stringify([frontProxyName]),
      "requestheader-client-ca-file": frontProxy,
      "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
      "requestheader-group-headers": '["X-Remote-Group"]',
      "requestheader-uid-headers": '["X-Remote-Uid"]',
      "requestheader-username-headers": '["X-Remote-User"]',
    },
  };
  await ensure(handle, "/api/v1/namespaces/kube-system/configmaps", draft, true);
}

interface Draft {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

/** Creates an object, or with `keepEqual` brings one that is there to what it should be. */
async function ensure(handle: HttpHandler, path: string, draft: Draft, keepEqual = false): Promise<void> {
  const created = await send(handle, "POST", path, draft);
  if (created.status < 300) return;
  if (created.status !== 409) throw new Error(`Cannot create ${path}/${draft.metadata.name}: ${created.message}`);
  if (!keepEqual) return;
  const replaced = await send(handle, "PUT", `${path}/${draft.metadata.name}`, draft);
  if (replaced.status >= 300) throw new Error(`Cannot replace ${path}/${draft.metadata.name}: ${replaced.message}`);
}

async function send(handle: HttpHandler, method: string, path: string, body: unknown) {
  const response = await handle({
    method,
    path,
    query: new URLSearchParams(),
    headers: { "content-type": "application/json", "user-agent": "kube-apiserver" },
    body: new TextEncoder().encode(JSON.stringify(body)),
    peer: { internalUser: USER, address: "127.0.0.1" },
    signal: new AbortController().signal,
  });
  const text = response.body instanceof Uint8Array ? new TextDecoder().decode(response.body) : "";
  return { status: response.status, message: text };
}
