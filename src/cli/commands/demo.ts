import { sleep } from "#base/clock.ts";
import type { CommandResult } from "#sys/process.ts";
import type { Cli } from "../cli.ts";
import { type ClusterOptions, pathsOf } from "../cluster_state.ts";
import { DEMO_MANIFEST, DEMO_STEPS, DEMO_VERSIONS, type DemoStep, demoImage } from "../demo_steps.ts";
import { CommandFailure } from "../failure.ts";
import { fullReference } from "../image_reference.ts";
import type { ClusterPaths } from "../paths.ts";
import { Progress, styled } from "../terminal.ts";
import { buildImage } from "./image.ts";
import { kubectlBinary } from "./kubectl.ts";
import { ensureUp } from "./up.ts";
import { mergeIntoUserConfig } from "../user_config.ts";

const URL = "http://localhost:31000";

/** `knarr demo`: the tutorial on a real cluster, each command shown as one would type it. */
export async function demo(cli: Cli, options: ClusterOptions & { readonly port: number }): Promise<void> {
  const paths = pathsOf(cli, options);
  const { terminal } = cli;
  const { state, already } = await ensureUp(cli, {
    paths,
    port: options.port,
    networks: {},
    nodes: {},
    program: cli.program,
  });
  await mergeIntoUserConfig(cli, paths);
  const how = already ? "is running" : `is ready after ${state.nodesReadyMs ?? "?"} ms`;
  terminal.out(`${styled(terminal, "green", "✓")} cluster "${paths.name}" ${how}: ${state.server}\n`);
  await ensureImages(cli, paths);
  await startOver(cli, paths);
  for (const step of DEMO_STEPS) await perform(cli, paths, step);
  terminal.out(
    `\n${styled(terminal, "green", "✓")} The tour is over; the cluster stays up.\n\n` +
      `  The application   ${URL}\n` +
      `  Go on             kubectl get all\n` +
      `  Clean up          kubectl delete -f examples/hello-app/hello-deploy.yaml\n` +
      `  Stop              ./knarr down          (./knarr down --purge removes everything)\n`,
  );
}

async function ensureImages(cli: Cli, paths: ClusterPaths): Promise<void> {
  const present = new Set((await cli.machine.listImages(paths)).map((image) => image.reference));
  const progress = new Progress(cli.terminal);
  for (const version of DEMO_VERSIONS) {
    if (present.has(fullReference(demoImage(version)))) continue;
    progress.say(`Building image ${demoImage(version)} ...`);
    await buildImage(cli, paths, `${cli.root}/examples/hello-app/${version}`, demoImage(version));
  }
  progress.done();
}

/** A second tour starts from nothing, so that its history begins at revision 1. */
async function startOver(cli: Cli, paths: ClusterPaths): Promise<void> {
  const result = await run(cli, paths, ["delete", "-f", DEMO_MANIFEST, "--ignore-not-found"]);
  if (result.exitCode !== 0)
    throw new CommandFailure(`kubectl delete failed: ${result.stderr.trim()}`, "See ./knarr logs");
}

async function perform(cli: Cli, paths: ClusterPaths, step: DemoStep): Promise<void> {
  const { terminal } = cli;
  if (step.kind === "say") {
    terminal.out(`\n${styled(terminal, "bold", `# ${step.text}`)}\n`);
  } else if (step.kind === "kubectl") {
    await kubectl(cli, paths, step.args, step.expect);
  } else if (step.kind === "curl") {
    await curl(cli, step.times, step.until);
  } else {
    const names = await run(cli, paths, ["get", "pods", "-l", "app=hello-app", "-o", "name"]);
    const [first = ""] = names.stdout.split("\n");
    await kubectl(cli, paths, ["delete", first], /deleted/);
  }
}

function typed(cli: Cli, line: string): void {
  cli.terminal.out(`${styled(cli.terminal, "cyan", `$ ${line}`)}\n`);
}

/** kubectl as a person would run it, in the repository, with this cluster's kubeconfig in the environment. */
function run(cli: Cli, paths: ClusterPaths, args: readonly string[]): Promise<CommandResult> {
  const env = { KUBECONFIG: paths.kubeconfig };
  return cli.processes.run([kubectlBinary(cli), ...args], { env, cwd: cli.root, timeoutMs: 300_000 });
}

async function kubectl(cli: Cli, paths: ClusterPaths, args: readonly string[], expect?: RegExp): Promise<void> {
  const line = `kubectl ${args.join(" ")}`;
  typed(cli, line);
  const result = await run(cli, paths, args);
  const warnings = result.stderr.split("\n").filter((each) => !each.includes("--record has been deprecated"));
  cli.terminal.out(result.stdout);
  if (warnings.join("").trim() !== "") cli.terminal.err(`${warnings.join("\n").trim()}\n`);
  if (result.exitCode !== 0) throw new CommandFailure(`${line} failed`, "See ./knarr logs");
  if (expect && !expect.test(result.stdout)) {
    throw new CommandFailure(`${line} did not print what it should (${expect.source})`, "See ./knarr logs");
  }
}

async function curl(cli: Cli, times: number, until: RegExp | undefined): Promise<void> {
  for (let asked = 1; ; asked++) {
    typed(cli, "curl localhost:31000");
    const answer = await cli.httpGet(URL);
    cli.terminal.out(
      answer.status === 200 ? answer.body : `${styled(cli.terminal, "red", String(answer.status))} ${answer.body}`,
    );
    if (until === undefined || until.test(answer.body)) return;
    if (asked === times) throw new CommandFailure(`${URL} did not answer ${until.source}`, "See ./knarr logs");
    await sleep(cli.clock, 10);
  }
}
