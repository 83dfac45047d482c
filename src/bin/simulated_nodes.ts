import { realClock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { createClient } from "#client/http_client.ts";
import { CommandFailure } from "#cli/failure.ts";
import { Fleet } from "#simulation/fleet.ts";
import { parseStages, StageFileError } from "#simulation/stage_file.ts";
import type { StageBook } from "#simulation/stages.ts";
import type { Files } from "#sys/files.ts";
import { systemRandom } from "#sys/random.ts";
import type { ControlPlane } from "./control_plane.ts";
import { fleetConnections } from "./fleet_connections.ts";
import { boundFleetMemory } from "./fleet_memory.ts";

interface SimulatedNodesOptions {
  readonly controlPlane: ControlPlane;
  readonly files: Files;
  readonly count: number;
  /** Stage files: one, or a directory of them. */
  readonly stages: string | undefined;
  readonly log: Log;
}

/** Adds nodes without machines to a cluster; resolves when the API knows them. Gives what stops them. */
export async function startSimulatedNodes(options: SimulatedNodesOptions): Promise<() => void> {
  const { controlPlane, files, count, stages, log } = options;
  boundFleetMemory(count);
  const fleet = new Fleet({
    count,
    clientFor: (user) => createClient(controlPlane.handle, user, { shared: true }),
    informers: controlPlane.informers,
    clock: realClock,
    random: systemRandom,
    log: log.part("simulation"),
    ...(stages !== undefined && { stages: await readStages(files, stages) }),
  });
  for (const node of fleet.nodes) controlPlane.nodes.connect(node.name, fleetConnections(node));
  await fleet.start();
  return () => fleet.stop();
}

/** @throws {CommandFailure} When there is no such file, or it says something that is not understood. */
async function readStages(files: Files, path: string): Promise<StageBook> {
  let at = path;
  try {
    const { kind } = await files.stat(path);
    const entries = kind === "directory" ? await files.readDirectory(path) : [];
    const names = entries.map(({ name }) => name).filter((name) => /\.ya?ml$/.test(name));
    const paths = kind === "directory" ? names.toSorted().map((name) => `${path}/${name}`) : [path];
    const books: StageBook[] = [];
    for (at of paths) books.push(parseStages(await files.readText(at)));
    return { pods: books.flatMap(({ pods }) => pods), nodes: books.flatMap(({ nodes }) => nodes) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = error instanceof StageFileError ? "See examples/stages." : "Give a file or a directory that is there.";
    throw new CommandFailure(`cannot use the stages of ${at}: ${why}`, hint);
  }
}
