import { realClock } from "#base/clock.ts";
import type { ServeOptions } from "#cli/cli.ts";
import { CommandFailure } from "#cli/failure.ts";
import { renderKubeconfig } from "#cli/kubeconfig.ts";
import type { ClusterPaths } from "#cli/paths.ts";
import { lockDirectory, type DirectoryLock } from "#sys/directory_lock.ts";
import { nodeFiles } from "#sys/files.ts";
import { runCommand } from "#sys/process.ts";
import { AddressInUseError } from "#sys/http/listener.ts";
import { startControlPlane, type ControlPlane } from "./control_plane.ts";
import { takeName } from "./identity.ts";
import { lineLog } from "./line_log.ts";
import { FAST_FAILOVER } from "./failover.ts";
import { chooseNodes, keepNodes, nodePlaces } from "./kept_nodes.ts";
import type { NodePlace } from "./node_place.ts";
import { startNodes, type RunningNodes } from "./nodes.ts";
import { openPki, type Pki } from "./pki.ts";
import { settleNetworks } from "./networks.ts";
import { keepRenewed } from "#node/certificate_renewal.ts";
import { bridgeName } from "#node/containerd/config.ts";
import { certificateLife } from "#sys/certificate_request.ts";
import { systemRandom } from "#sys/random.ts";
import type { Log } from "#base/log.ts";
import { startSimulatedNodes } from "./simulated_nodes.ts";
import { StateFile } from "./state_file.ts";
import { KNARR_VERSION } from "./version.ts";

/**
 * Runs a cluster in this process until SIGTERM or SIGINT. Containers are left running: whoever asked decides.
 *
 * @throws {DirectoryLockedError} If another process runs it.
 */
export async function serveCluster(options: ServeOptions): Promise<void> {
  const { paths, port } = options;
  const log = lineLog(
    (line) => process.stderr.write(line),
    () => realClock.now(),
  );
  const startedAt = realClock.now() - Math.round(performance.now());
  const since = () => Math.round(realClock.now() - startedAt);
  const server = `https://127.0.0.1:${port}`;
  await makeDirectories(paths);
  // Before anything is written: of two starts at once the second leaves the state to the first, and `up` waits for that.
  const lock = lockDirectory(paths.run);
  const state = new StateFile(nodeFiles, paths, {
    pid: process.pid,
    phase: "starting",
    message: "Starting the API server ...",
    server,
    version: KNARR_VERSION,
    startedAt,
  });
  await state.write({});
  const stopped = stopSignal();
  let controlPlane: ControlPlane | undefined;
  let nodes: RunningNodes | undefined;
  let name: DirectoryLock | undefined;
  let stopSimulation = () => {};
  let stopRenewal = () => {};
  try {
    const choice = await chooseNodes(nodeFiles, paths, options.nodes);
    // Only what is on the machine is called by the name.
    if (choice.count > 0) name = await takeName(nodeFiles, paths);
    const doors = { files: nodeFiles, run: runCommand };
    const networks = await settleNetworks(doors, paths, bridgeName(paths.name), options.networks);
    await keepNodes(nodeFiles, paths, choice);
    const pki = await openPki(nodeFiles, paths.pki, {
      addresses: [networks.gateway, networks.apiAddress],
      now: realClock.now(),
    });
    const failover = choice.fastFailover ? FAST_FAILOVER : undefined;
    const addressesOf = addressesIn(await nodePlaces(nodeFiles, paths));
    controlPlane = await startControlPlane({ paths, port, pki, networks, addressesOf, failover, log });
    await writeKubeconfig(paths, pki, server);
    const apiReadyMs = since();
    log.info("the API server is ready", { server, milliseconds: apiReadyMs });
    const message = choice.count === 1 ? "Starting the node ..." : `Starting ${choice.count} nodes ...`;
    await state.write({ apiReadyMs, message });
    const { program } = options;
    if (choice.count === 0) await controlPlane.startComponents();
    else nodes = await startNodes({ paths, port, controlPlane, networks, choice, failover, pki, program, log });
    if (choice.simulated > 0) {
      const { simulated: count, stages } = choice;
      stopSimulation = await startSimulatedNodes({ controlPlane, files: nodeFiles, count, stages, log });
    }
    stopRenewal = keepCertificates({ paths, pki, controlPlane, nodes, server, log });
    await state.write({ phase: "ready", message: "Ready", nodesReadyMs: since() });
    log.info("the cluster is ready", { milliseconds: since() });
    const signal = await stopped;
    log.info("stopping", { signal });
    await state.write({ phase: "stopping", message: "Stopping ..." });
  } catch (error) {
    log.error("the cluster cannot run", { error });
    await state.write({ phase: "failed", ...explained(error, paths) });
    process.exitCode = 1;
  }
  stopRenewal();
  stopSimulation();
  await nodes?.stop();
  await controlPlane?.stop();
  name?.release();
  lock.release();
  // Whatever timer or connection is left must not keep a stopped cluster alive.
  process.exit();
}

async function makeDirectories(paths: ClusterPaths): Promise<void> {
  await nodeFiles.mkdir(paths.data, { mode: 0o711 });
  for (const path of [paths.run, paths.pki, paths.store]) await nodeFiles.mkdir(path, { mode: 0o700 });
}

/** The addresses that the cluster gave its nodes, by their names. */
function addressesIn(places: readonly NodePlace[]): (nodeName: string) => readonly string[] {
  const known = new Map(places.map(({ nodeName, gateway }) => [nodeName, [gateway]]));
  return (nodeName) => known.get(nodeName) ?? [];
}

interface CertificatesOptions {
  readonly paths: ClusterPaths;
  readonly pki: Pki;
  readonly controlPlane: ControlPlane;
  readonly nodes: RunningNodes | undefined;
  /** Where the kubeconfig leads. */
  readonly server: string;
  readonly log: Log;
}

/** Renews what this process shows of itself, and the administrator's kubeconfig, as long as it runs. */
function keepCertificates({ paths, pki, controlPlane, nodes, server, log }: CertificatesOptions): () => void {
  const renew = async () => {
    const renewed = pki.reissued(realClock.now());
    await writeKubeconfig(paths, renewed, server);
    controlPlane.renew(renewed);
    nodes?.renew(renewed);
    return certificateLife(renewed.server.cert);
  };
  const life = certificateLife(pki.server.cert);
  return keepRenewed({
    name: "the cluster's certificates",
    life,
    renew,
    clock: realClock,
    random: systemRandom,
    log: log.part("certificates"),
  });
}

async function writeKubeconfig(paths: ClusterPaths, pki: Pki, server: string): Promise<void> {
  const credentials = { server, ca: pki.ca.cert, cert: pki.admin.cert, key: pki.admin.key };
  await nodeFiles.writeFile(paths.kubeconfig, renderKubeconfig(paths.name, credentials), { mode: 0o600 });
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => resolve(signal));
  });
}

/** What went wrong, and what a person can do about it. */
function explained(error: unknown, paths: ClusterPaths): { readonly message: string; readonly hint: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CommandFailure) return error;
  if (error instanceof AddressInUseError) {
    return { message, hint: `Stop what listens there (ss -ltnp), or choose another port: ./knarr up --port 7443` };
  }
  if (/ENOSPC|no space left/i.test(message)) return { message, hint: `Free some disk space below ${paths.data}.` };
  return { message, hint: `See ${paths.log}` };
}
