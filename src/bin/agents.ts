import type { ClusterPaths } from "#cli/paths.ts";
import type { KeyPair } from "#sys/certificates.ts";
import { nodeFiles } from "#sys/files.ts";
import { processArguments, processGone, signalProcess, spawnDetached } from "#sys/process.ts";
import type { NodePlace } from "./node_place.ts";

/** What the agent of a further node is given to come with, in a file that only root reads. */
export interface AgentCredentials {
  /** Where the API is, for example `https://10.244.0.1:6443`. */
  readonly server: string;
  /** Whom to believe, PEM. */
  readonly ca: string;
  readonly client: KeyPair;
  readonly door: KeyPair;
  readonly heartbeatMs?: number | undefined;
}

interface AgentStart {
  readonly paths: ClusterPaths;
  readonly place: NodePlace;
  readonly credentials: AgentCredentials;
  /** The command line that starts this program. */
  readonly program: readonly string[];
}

const STOP_WITHIN_MS = 5_000;

/**
 * Starts the agent of a further node in the node's network namespace, as a process that outlives this one. One that
 * lives already, as after a crash of the control plane, goes on.
 */
export async function startAgent({ credentials, ...start }: AgentStart): Promise<void> {
  const { containerd } = start.place;
  if ((await agentPid(start.place)) !== undefined) return;
  await nodeFiles.mkdir(containerd.directory, { mode: 0o711 });
  await keepCredentials(start.place, credentials);
  await spawnAgent(start);
}

/** Keeps what an agent is to come with when it starts next. */
export function keepCredentials({ agent }: Pick<NodePlace, "agent">, credentials: AgentCredentials): Promise<void> {
  return nodeFiles.writeFile(agent.credentials, JSON.stringify(credentials), { mode: 0o600 });
}

/** Starts the agent again when it has died; says whether it had. */
export async function reviveAgent(start: Omit<AgentStart, "credentials">): Promise<boolean> {
  const { agent } = start.place;
  if (!(await nodeFiles.exists(agent.credentials)) || (await agentPid(start.place)) !== undefined) return false;
  await spawnAgent(start);
  return true;
}

async function spawnAgent({ paths, place, program }: Omit<AgentStart, "credentials">): Promise<void> {
  const { agent, containerd, number } = place;
  // Not `ip netns exec`: its own mount namespace hides the cgroup mounts, and runc then finds none.
  const argv = ["nsenter", `--net=${containerd.netnsPath}`, ...program, "agent", "--node", String(number)];
  const pid = await spawnDetached([...argv, "--name", paths.name, "--data-dir", paths.data], agent.log);
  await nodeFiles.writeFile(agent.pidFile, `${pid}\n`);
}

/** The process id of the node's agent while it lives. */
async function agentPid({ agent, number }: NodePlace): Promise<number | undefined> {
  if (!(await nodeFiles.exists(agent.pidFile))) return undefined;
  const pid = Number(await nodeFiles.readText(agent.pidFile));
  // The number may have been given to somebody else since.
  const argv = processArguments(pid);
  const at = argv?.indexOf("agent") ?? -1;
  return at >= 0 && argv?.[at + 2] === String(number) && argv.includes(dataOf(agent.pidFile)) ? pid : undefined;
}

/** Ends the node's agent, by force if need be; containers run on. */
export async function stopAgent(place: NodePlace): Promise<void> {
  const pid = await agentPid(place);
  if (pid === undefined) return;
  signalProcess(pid, "SIGTERM");
  if (await processGone(pid, STOP_WITHIN_MS)) return;
  signalProcess(pid, "SIGKILL");
  await processGone(pid, STOP_WITHIN_MS);
}

/** The data directory that holds `DATA/run/FILE`. */
function dataOf(runFile: string): string {
  return runFile.split("/").slice(0, -2).join("/");
}
