import { realClock } from "#base/clock.ts";
import type { ApiServer } from "#apiserver/server.ts";
import { renderKubeconfig } from "#cli/kubeconfig.ts";
import type { KeyPair } from "#sys/certificates.ts";
import { listen } from "#sys/http/listener.ts";
import { memoryFiles } from "#sys/memory_files.ts";
import { openPki } from "./pki.ts";

/** The way into a cluster of this process from outside. */
export interface Door {
  readonly port: number;
  /** It signed the server's certificate. */
  readonly authority: KeyPair;
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** Serves `server` at a port of 127.0.0.1 with certificates made for the occasion. */
export async function openDoor(server: ApiServer, port: number): Promise<Door> {
  // Certificates are judged by clients, whose clock is the machine's whatever the cluster's may be.
  const pki = await openPki(memoryFiles(), "/", { addresses: [], now: realClock.now() });
  const tls = { key: pki.server.key, cert: pki.server.cert, clientCa: pki.ca.cert };
  const listener = await listen({ port, host: "127.0.0.1", tls, handler: server.handle, upgrade: server.upgrade });
  return {
    port: listener.port,
    authority: pki.ca,
    kubeconfig: renderKubeconfig("knarr", {
      server: `https://127.0.0.1:${listener.port}`,
      ca: pki.ca.cert,
      cert: pki.admin.cert,
      key: pki.admin.key,
    }),
    close: () => listener.close(0),
  };
}
