import { Command, InvalidArgumentError } from "commander";
import type { Cli } from "./cli.ts";
import type { ClusterOptions } from "./cluster_state.ts";

const DEFAULT_PORT = 6443;
/** Each has one of the cluster's 256 pod networks; the last is the wire between them. */
const NODES_MAX = 250;

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw new InvalidArgumentError("a port is 1 to 65535");
  return value;
}

function nodeCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > NODES_MAX) {
    throw new InvalidArgumentError(`a cluster has 0 to ${NODES_MAX} nodes on one machine`);
  }
  return value;
}

function simulatedNodes(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 10_000) throw new InvalidArgumentError("0 to 10000");
  return value;
}

/** Every command about a cluster takes its name and its data directory. */
function clusterCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--name <name>", "the cluster's name", "knarr")
    .option("--data-dir <dir>", "where the cluster keeps its data (default: /var/lib/knarr/NAME)");
}

/** The command line. Each command loads its own code only when it runs. `exit` takes a child's exit code over. */
export function createProgram(cli: Cli, exit: (code: number) => void): Command {
  const program = new Command("knarr")
    .description("Kubernetes as one small program")
    .version(cli.version)
    .enablePositionalOptions()
    .showHelpAfterError("(knarr --help lists the commands)");
  addLifeCommands(program, cli);
  addUseCommands(program, cli, exit);
  addSnapshotCommands(program, cli);
  addRepositoryCommands(program, cli, exit);
  return program;
}

function addLifeCommands(program: Command, cli: Cli): void {
  clusterCommand(program, "up", "start a cluster and wait until its nodes are Ready")
    .option("--port <port>", "port of the API on 127.0.0.1", port, DEFAULT_PORT)
    .option(
      "--nodes <count>",
      "nodes with containers on this machine (default: as many as the cluster has, or 1)",
      nodeCount,
    )
    .option("--fast-failover", "replace the pods of a lost node within seconds, not minutes")
    .option("--pod-cidr <cidr>", "the pods' network, a /16 (default: 10.244.0.0/16, or the next that is free)")
    .option("--service-cidr <cidr>", "the Services' network, a /16 (default: 10.96.0.0/16, or the next that is free)")
    .option(
      "--simulated-nodes <number>",
      "nodes without a machine, whose pods only seem to run (default: as many as the cluster has, or 0)",
      simulatedNodes,
    )
    .option(
      "--stages <path>",
      "stage file, or directory of them, that pods on simulated nodes live by (default: as before)",
    )
    .option("--foreground", "run in this process until told to stop")
    .option("--json", "print the result as JSON")
    .option("--no-merge", "leave $KUBECONFIG and ~/.kube/config alone")
    .action(async (options) => (await import("./commands/up.ts")).up(cli, options));
  clusterCommand(program, "down", "stop a cluster")
    .option("--purge", "remove all state, mounts, namespaces, nft tables and links")
    .option("--keep-containers", "let the containers run on")
    .action(async (options) => (await import("./commands/down.ts")).down(cli, options));
  clusterCommand(program, "agent", "run the agent of a further node; up --nodes starts it in the node's namespace")
    .requiredOption("--node <number>", "the node's number, from 2 up", nodeCount)
    .action(async (options) => (await import("./commands/agent.ts")).agent(cli, options));
  clusterCommand(program, "status", "what runs, since when, memory").action(async (options) =>
    (await import("./commands/status.ts")).status(cli, options),
  );
  clusterCommand(program, "logs", "the cluster's own log")
    .argument("[part]", "only this part, for example node")
    .action(async (part, options) => (await import("./commands/logs.ts")).logs(cli, part, options));
}

function addSnapshotCommands(program: Command, cli: Cli): void {
  const snapshot = program.command("snapshot").description("copies of all that a cluster has stored");
  clusterCommand(snapshot, "save", "copy what the cluster has stored into a file, while it runs or not")
    .argument("<file>", "a file that is not there yet")
    .action(async (file: string, options: ClusterOptions) =>
      (await import("./commands/snapshot.ts")).snapshotSave(cli, file, options),
    );
  clusterCommand(snapshot, "restore", "put a snapshot in the place of what a stopped or new cluster has stored")
    .argument("<file>", "what `snapshot save` has written")
    .action(async (file: string, options: ClusterOptions) =>
      (await import("./commands/snapshot.ts")).snapshotRestore(cli, file, options),
    );
}

function addUseCommands(program: Command, cli: Cli, exit: (code: number) => void): void {
  clusterCommand(program, "kubeconfig", "print the kubeconfig").action(async (options) =>
    (await import("./commands/kubeconfig.ts")).kubeconfig(cli, options),
  );
  clusterCommand(program, "kubectl", "run kubectl against the cluster")
    .argument("[args...]")
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[], options) =>
      exit(await (await import("./commands/kubectl.ts")).kubectl(cli, args, options)),
    );
  const image = program.command("image").description("images, straight to the nodes");
  clusterCommand(image, "build", "build a Dockerfile for the cluster")
    .argument("<dir>", "directory with the Dockerfile")
    .requiredOption("-t, --tag <name>", "the image's name")
    .action(async (dir, options: ClusterOptions & { tag: string }) =>
      (await import("./commands/image.ts")).imageBuild(cli, dir, options.tag, options),
    );
  clusterCommand(image, "load", "import image archives")
    .argument("<tar...>")
    .action(async (tars: string[], options) => (await import("./commands/image.ts")).imageLoad(cli, tars, options));
  clusterCommand(image, "list", "list the nodes' images").action(async (options) =>
    (await import("./commands/image.ts")).imageList(cli, options),
  );
}

function addRepositoryCommands(program: Command, cli: Cli, exit: (code: number) => void): void {
  clusterCommand(program, "demo", "walk the tutorial: deploy, update, break, roll back")
    .option("--port <port>", "port of the API on 127.0.0.1", port, DEFAULT_PORT)
    .action(async (options) => (await import("./commands/demo.ts")).demo(cli, options));
  program
    .command("test")
    .description("all tests")
    .option("--nightly", "the slow ones too")
    .argument("[pattern]", "only test files whose path contains this")
    .action(async (pattern, options) => exit(await (await import("./commands/test.ts")).test(cli, pattern, options)));
  program
    .command("bench")
    .description("measure")
    .argument("[name]", "one benchmark, for example start")
    .option("--json", "print the figures as JSON")
    .option("--small", "scale: a fifth of everything")
    .action(async (name, options) => exit(await (await import("./commands/bench.ts")).bench(cli, name, options)));
  program
    .command("version")
    .description("the versions")
    .option("--json")
    .action(async (options) => (await import("./commands/version.ts")).version(cli, options));
}
