/**
 * A process of its own with an API server over a store in memory, for clients that do not behave. Its one argument is
 * how long a client may take nothing, milliseconds; 0 for the listener's own bound. Sends its parent where it listens.
 */
import { realClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { KINDS } from "#api/kinds.ts";
import { KindRegistry } from "#api/registry.ts";
import { createApiServer } from "#apiserver/server.ts";
import { openPki } from "#bin/pki.ts";
import { MemoryStore } from "#store/memory_store.ts";
import { listen } from "#sys/http/listener.ts";
import { memoryFiles } from "#sys/memory_files.ts";
import { systemRandom } from "#sys/random.ts";

export interface ServerAddress {
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const stallTimeoutMs = Number(process.argv[2] ?? 0);
const server = createApiServer({
  store: new MemoryStore(),
  registry: new KindRegistry(KINDS),
  clock: realClock,
  random: systemRandom,
  log: silentLog,
});
const pki = await openPki(memoryFiles(), "/", { addresses: [], now: realClock.now() });
const { port } = await listen({
  port: 0,
  host: "127.0.0.1",
  tls: { key: pki.server.key, cert: pki.server.cert, clientCa: pki.ca.cert },
  handler: server.handle,
  ...(stallTimeoutMs > 0 && { limits: { stallTimeoutMs } }),
});
const address: ServerAddress = { port, ca: pki.ca.cert, cert: pki.admin.cert, key: pki.admin.key };
process.send?.(address);
process.once("disconnect", () => process.exit());
