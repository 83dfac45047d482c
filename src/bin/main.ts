import { realClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import type { Cli } from "#cli/cli.ts";
import { CommandFailure } from "#cli/failure.ts";
import { createProgram } from "#cli/program.ts";
import { styled } from "#cli/terminal.ts";
import { nodeFiles } from "#sys/files.ts";
import { processArguments, processGone, runAttached, runCommand, signalProcess, spawnDetached } from "#sys/process.ts";
import { processTerminal } from "#sys/terminal.ts";
import { KNARR_VERSION } from "./version.ts";

/** Wires the commands to the machine. What only some commands need is loaded when they run. */
async function main(): Promise<void> {
  const machine = async () => (await import("./machine.ts")).realMachine(silentLog);
  const cli: Cli = {
    terminal: processTerminal,
    files: nodeFiles,
    clock: realClock,
    env: process.env,
    isRoot: process.getuid?.() === 0,
    processes: {
      run: runCommand,
      attached: runAttached,
      spawnDetached,
      signal: signalProcess,
      arguments: processArguments,
      gone: processGone,
    },
    machine: {
      reviveAgents: async (paths, program) => (await machine()).reviveAgents(paths, program),
      stopAgents: async (paths) => (await machine()).stopAgents(paths),
      stopContainers: async (paths) => (await machine()).stopContainers(paths),
      purge: async (paths) => (await machine()).purge(paths),
      importImages: async (paths, archive) => (await machine()).importImages(paths, archive),
      listImages: async (paths) => (await machine()).listImages(paths),
    },
    snapshots: {
      save: async (paths, file) => (await import("./snapshots.ts")).snapshots.save(paths, file),
      restore: async (paths, file) => (await import("./snapshots.ts")).snapshots.restore(paths, file),
    },
    program: [process.execPath, ...process.execArgv, process.argv[1] ?? ""],
    root: process.env["KNARR_ROOT"] ?? process.cwd(),
    version: KNARR_VERSION,
    async httpGet(url) {
      const response = await fetch(url, { headers: { connection: "close" } });
      return { status: response.status, body: await response.text() };
    },
    serve: async (options) => (await import("./cluster.ts")).serveCluster(options),
    serveAgent: async (paths, number) => (await import("./agent.ts")).serveAgent(paths, number),
  };
  try {
    await createProgram(cli, (code) => (process.exitCode = code)).parseAsync(process.argv);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    processTerminal.err(`${styled(processTerminal, "red", `knarr: ${error.message}`)}\n  ${error.hint}\n`);
    process.exitCode = error.exitCode;
  }
}

await main();
