import type { Cli } from "../cli.ts";
import { type ClusterOptions, pathsOf, requireRunning } from "../cluster_state.ts";

/** `knarr kubectl …`: the machine's kubectl with this cluster's kubeconfig. Resolves with its exit code. */
export async function kubectl(cli: Cli, argv: readonly string[], options: ClusterOptions): Promise<number> {
  const paths = pathsOf(cli, options);
  await requireRunning(cli, paths);
  return cli.processes.attached([kubectlBinary(cli), ...argv], { KUBECONFIG: paths.kubeconfig });
}

/** The kubectl the launcher found. */
export function kubectlBinary(cli: Cli): string {
  return cli.env["KNARR_KUBECTL"] ?? "kubectl";
}
