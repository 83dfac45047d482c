import type { CertificateSigner } from "#controllers/certificatesigningrequest.ts";
import { certificateEndMs, readSigningRequest, signSigningRequest } from "#sys/certificate_request.ts";
import { API_SERVER_USER } from "#node/agent_door.ts";
import type { Files } from "#sys/files.ts";
import {
  createCertificateAuthority,
  createServiceAccountKey,
  signCertificate,
  type KeyPair,
} from "#sys/certificates.ts";

/** Every key and certificate of a cluster, PEM. */
export interface Pki {
  readonly ca: KeyPair;
  readonly server: KeyPair;
  /** The administrator's: group system:masters. */
  readonly admin: KeyPair;
  readonly serviceAccountKey: string;
  /** The authority that servers of aggregated APIs believe about who forwards requests to them. */
  readonly frontProxyCa: KeyPair;
  /** As whom this server forwards requests. */
  readonly frontProxy: KeyPair;
  /** As whom the API server comes to agents. */
  agentClient(): KeyPair;
  /** What a node shows: as a client of the API and of other nodes, and as the server of its agent's door. */
  nodeCredentials(nodeName: string, address: string): { readonly client: KeyPair; readonly door: KeyPair };
  /** The same authorities, and everything they certify anew. `now` is in milliseconds since the epoch. */
  reissued(now: number): Pki;
}

/** The name in the certificate with which requests are forwarded. */
export const FRONT_PROXY = "front-proxy-client";
const AUTHORITY_DAYS = 3650;
const LEAF_DAYS = 365;
const SERVER_NAMES = [
  "localhost",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];

/**
 * The cluster's keys from `directory`, made when they are not there yet. The server's and the administrator's
 * certificates are made anew at each start, and by `reissued` while the cluster runs: they are cheap.
 *
 * @param addresses IP addresses the server answers under, beside 127.0.0.1.
 */
export async function openPki(
  files: Files,
  directory: string,
  options: { readonly addresses: readonly string[]; readonly now: number },
): Promise<Pki> {
  const { now, addresses } = options;
  const ca = await keptPair(files, `${directory}/ca`, () =>
    createCertificateAuthority({ commonName: "kubernetes", now, days: AUTHORITY_DAYS }),
  );
  const serviceAccountKey = await keptText(files, `${directory}/sa.key`, () => createServiceAccountKey().privateKey);
  // An authority of its own: who holds a certificate of it may speak for anybody.
  const frontProxyCa = await keptPair(files, `${directory}/front-proxy-ca`, () =>
    createCertificateAuthority({ commonName: "front-proxy-ca", now, days: AUTHORITY_DAYS }),
  );
  return leavesOf({ ca, frontProxyCa, serviceAccountKey }, addresses, now);
}

/** Certificates for a year from now on. */
function leavesOf(
  kept: Pick<Pki, "ca" | "frontProxyCa" | "serviceAccountKey">,
  addresses: readonly string[],
  now: number,
): Pki {
  const { ca, frontProxyCa } = kept;
  const validity = { now, days: LEAF_DAYS };
  return {
    ...kept,
    server: signCertificate(ca, {
      commonName: "kube-apiserver",
      usages: ["server"],
      dnsNames: SERVER_NAMES,
      ipAddresses: ["127.0.0.1", ...addresses],
      ...validity,
    }),
    admin: signCertificate(ca, {
      commonName: "kubernetes-admin",
      organizations: ["system:masters"],
      usages: ["client"],
      ...validity,
    }),
    frontProxy: signCertificate(frontProxyCa, { commonName: FRONT_PROXY, usages: ["client"], ...validity }),
    agentClient: () => signCertificate(ca, { commonName: API_SERVER_USER, usages: ["client"], ...validity }),
    nodeCredentials(nodeName, address) {
      const subject = { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"], ...validity };
      const client = signCertificate(ca, { ...subject, usages: ["client"] });
      return { client, door: signCertificate(ca, { ...subject, usages: ["server"], ipAddresses: [address] }) };
    },
    reissued: (later) => leavesOf(kept, addresses, later),
  };
}

/** An authority as the controllers use it; it is asked for when the first certificate is to be signed. */
export function signerOf(
  authority: () => KeyPair,
  addressesOf: (nodeName: string) => readonly string[] = () => [],
): CertificateSigner {
  let opened: KeyPair | undefined;
  return {
    read: readSigningRequest,
    sign: (request, options) => signSigningRequest((opened ??= authority()), request, options),
    endMs: certificateEndMs,
    addressesOf,
  };
}

async function keptPair(files: Files, path: string, make: () => KeyPair): Promise<KeyPair> {
  if (await files.exists(`${path}.key`)) {
    return { key: await files.readText(`${path}.key`), cert: await files.readText(`${path}.crt`) };
  }
  const pair = make();
  // The key last: while it is missing the pair counts as not made.
  await files.writeFile(`${path}.crt`, pair.cert);
  await files.writeFile(`${path}.key`, pair.key, { mode: 0o600 });
  return pair;
}

async function keptText(files: Files, path: string, make: () => string): Promise<string> {
  if (await files.exists(path)) return files.readText(path);
  const text = make();
  await files.writeFile(path, text, { mode: 0o600 });
  return text;
}
