import type { Cli } from "../cli.ts";
import { type ClusterOptions, pathsOf, requireRunning } from "../cluster_state.ts";
import { table } from "../terminal.ts";

/** `knarr status`: what runs, since when, and its memory. */
export async function status(cli: Cli, options: ClusterOptions): Promise<void> {
  const paths = pathsOf(cli, options);
  const state = await requireRunning(cli, paths);
  const upSeconds = Math.round((cli.clock.now() - state.startedAt) / 1000);
  const rows = [
    ["cluster", paths.name],
    ["phase", state.phase],
    ["server", state.server],
    ["version", state.version],
    ["process", String(state.pid)],
    ["running for", `${upSeconds} s`],
    ["API ready after", `${state.apiReadyMs ?? "?"} ms`],
    ["nodes Ready after", `${state.nodesReadyMs ?? "?"} ms`],
    ["memory (RSS)", `${await residentMiB(cli, state.pid)} MiB`],
    ["kubeconfig", paths.kubeconfig],
    ["data", paths.data],
    ["log", paths.log],
  ];
  cli.terminal.out(table(["WHAT", "VALUE"], rows));
}

/** Resident memory of a process in MiB, from the kernel's own account (proc(5), status). */
async function residentMiB(cli: Cli, pid: number): Promise<string> {
  const text = await cli.files.readText(`/proc/${pid}/status`);
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0);
  return (kib / 1024).toFixed(0);
}
