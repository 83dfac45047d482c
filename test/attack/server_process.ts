/** The control plane as a process of its own, to be attacked or killed: `server_process.ts DIRECTORY PORT`. */
import { realClock } from "#base/clock.ts";
import { lineLog } from "#bin/line_log.ts";
import { DEFAULT_NETWORKS } from "#bin/networks.ts";
import { openPki } from "#bin/pki.ts";
import { startControlPlane } from "#bin/control_plane.ts";
import { clusterPaths } from "#cli/paths.ts";
import type { Credentials } from "#cli/kubeconfig.ts";
import { watchLoop, type LoopLoad } from "#sys/event_loop.ts";
import { nodeFiles } from "#sys/files.ts";

/** What it says: first how to reach it; then, for each message, how busy its event loop was since the last. */
export type FromServer = { readonly credentials: Credentials } | { readonly load: LoopLoad };

const [directory = "", port = "0"] = process.argv.slice(2);
const say = (message: FromServer) => process.send?.(message);
const paths = clusterPaths("attack", { dataDir: directory, isRoot: false, env: {} });
for (const path of [paths.pki, paths.store]) await nodeFiles.mkdir(path);
const pki = await openPki(nodeFiles, paths.pki, { addresses: [], now: realClock.now() });
const log = lineLog(
  (line) => process.stderr.write(line),
  () => realClock.now(),
);
const plane = await startControlPlane({ paths, port: Number(port), pki, networks: DEFAULT_NETWORKS, log });
await plane.startComponents();
const load = watchLoop();
process.on("message", () => say({ load: load() }));
// Whoever started it has gone: nobody would end it.
process.on("disconnect", () => process.exit());
say({
  credentials: { server: `https://127.0.0.1:${port}`, ca: pki.ca.cert, cert: pki.admin.cert, key: pki.admin.key },
});
