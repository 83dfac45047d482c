import { sleep } from "#base/clock.ts";
import type { Cli, ServeOptions } from "../cli.ts";
import { type ClusterOptions, liveState, pathsOf, readState } from "../cluster_state.ts";
import { mergeIntoUserConfig } from "../user_config.ts";
import { CommandFailure } from "../failure.ts";
import type { ClusterPaths } from "../paths.ts";
import type { ClusterState } from "../state.ts";
import { Progress, styled } from "../terminal.ts";

export interface UpOptions extends ClusterOptions {
  readonly port: number;
  readonly podCidr?: string | undefined;
  readonly serviceCidr?: string | undefined;
  readonly nodes?: number | undefined;
  readonly fastFailover?: boolean | undefined;
  readonly simulatedNodes?: number | undefined;
  readonly stages?: string | undefined;
  readonly foreground?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly merge: boolean;
}

/** How long a start may take before it is called stuck: a cold disk and a first containerd included. */
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 15;

/** `knarr up`: starts the cluster, or finds it running; returns only when every node is Ready. */
export async function up(cli: Cli, options: UpOptions): Promise<void> {
  const paths = pathsOf(cli, options);
  const { port, podCidr, serviceCidr } = options;
  const networks = { ...(podCidr && { podCidr }), ...(serviceCidr && { serviceCidr }) };
  const asked = { paths, port, networks, nodes: nodesAsked(cli, options), program: cli.program };
  if (options.foreground) return cli.serve(asked);
  const { state, already } = await ensureUp(cli, asked);
  if (options.merge) await mergeIntoUserConfig(cli, paths);
  if (options.json) {
    cli.terminal.out(`${JSON.stringify({ ...state, kubeconfig: paths.kubeconfig })}\n`);
    return;
  }
  const { terminal } = cli;
  const verb = already ? "is running" : `is ready after ${state.nodesReadyMs ?? 0} ms`;
  terminal.out(`${styled(terminal, "green", "✓")} cluster "${paths.name}" ${verb}: ${state.server}\n`);
  if (already) {
    for (const node of await cli.machine.reviveAgents(paths, cli.program))
      terminal.out(`  node ${node} was started again\n`);
    return;
  }
  const elsewhere = options.merge ? "" : `export KUBECONFIG=${paths.kubeconfig}\n  `;
  terminal.out(`\nNext:\n  ${elsewhere}kubectl get nodes\n  kubectl apply -f examples/hello-app/hello-deploy.yaml\n`);
  terminal.out(`Stop it with ./knarr down${paths.name === "knarr" ? "" : ` --name ${paths.name}`}.\n`);
}

/** What was said of nodes; of what was not, the cluster does as it did before. */
function nodesAsked(cli: Cli, options: UpOptions): ServeOptions["nodes"] {
  const { nodes: count, fastFailover, simulatedNodes: simulated } = options;
  // The cluster's own process works in another directory.
  const stages = options.stages?.replace(/^(?!\/)/, `${cli.env["PWD"] ?? cli.root}/`);
  return {
    ...(count !== undefined && { count }),
    ...(fastFailover !== undefined && { fastFailover }),
    ...(simulated !== undefined && { simulated }),
    ...(stages !== undefined && { stages }),
  };
}

/** Starts the cluster in a process of its own unless it runs, and waits until it is ready. */
export async function ensureUp(
  cli: Cli,
  { paths, port, networks, nodes }: ServeOptions,
): Promise<{ readonly state: ClusterState; readonly already: boolean }> {
  const running = await liveState(cli, paths);
  if (running?.phase === "ready") return { state: running, already: true };
  let pid = running?.pid;
  if (pid === undefined) {
    await cli.files.remove(paths.state);
    const argv = ["up", "--foreground", "--name", paths.name, "--data-dir", paths.data, "--port", String(port)];
    if (networks.podCidr) argv.push("--pod-cidr", networks.podCidr);
    if (networks.serviceCidr) argv.push("--service-cidr", networks.serviceCidr);
    if (nodes.count !== undefined) argv.push("--nodes", String(nodes.count));
    if (nodes.fastFailover) argv.push("--fast-failover");
    if (nodes.simulated !== undefined) argv.push("--simulated-nodes", String(nodes.simulated));
    if (nodes.stages !== undefined) argv.push("--stages", nodes.stages);
    pid = await cli.processes.spawnDetached([...cli.program, ...argv], paths.log);
  }
  return { state: await awaitReady(cli, paths, pid), already: false };
}

async function awaitReady(cli: Cli, paths: ClusterPaths, pid: number): Promise<ClusterState> {
  const progress = new Progress(cli.terminal);
  const deadline = cli.clock.monotonic() + START_TIMEOUT_MS;
  try {
    for (;;) {
      const state = await readState(cli, paths);
      if (state?.phase === "ready") return state;
      if (state?.phase === "failed") throw new CommandFailure(state.message, state.hint ?? `See ${paths.log}`);
      // Of two starts at once one process gives way to the other; that one has said that it starts.
      const elsewhere = await liveState(cli, paths);
      if (elsewhere === undefined && cli.processes.arguments(pid) === undefined) {
        throw new CommandFailure("the cluster's process ended while starting", `See ${paths.log}`);
      }
      if (cli.clock.monotonic() > deadline) {
        throw new CommandFailure(
          `the cluster was not ready after ${START_TIMEOUT_MS / 1000} s (${state?.message ?? "no word from it"})`,
          `See ${paths.log}, or stop it: ./knarr down --name ${paths.name}`,
        );
      }
      if (state) progress.say(state.message);
      await sleep(cli.clock, POLL_MS);
    }
  } finally {
    progress.done();
  }
}
