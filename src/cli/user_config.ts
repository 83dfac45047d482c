import { CommandFailure } from "./failure.ts";
import type { Cli } from "./cli.ts";
import { credentialsOf, mergeKubeconfig, withoutContext } from "./kubeconfig.ts";
import type { ClusterPaths } from "./paths.ts";

/** The kubeconfig stock kubectl writes to: the first of $KUBECONFIG, else ~/.kube/config. */
function userConfigPath(cli: Cli): string {
  const listed = cli.env["KUBECONFIG"]?.split(":").find((path) => path !== "");
  return listed ?? `${cli.env["HOME"] ?? "/root"}/.kube/config`;
}

/** Makes the cluster the current context of the user's own kubeconfig. */
export async function mergeIntoUserConfig(cli: Cli, paths: ClusterPaths): Promise<void> {
  const path = userConfigPath(cli);
  if (path === paths.kubeconfig) return;
  const ours = credentialsOf(await cli.files.readText(paths.kubeconfig), paths.name);
  const existing = (await cli.files.exists(path)) ? await cli.files.readText(path) : "";
  const merged = mergeOrRefuse(path, () => mergeKubeconfig(existing, paths.name, ours));
  if (merged === existing) return;
  await cli.files.mkdir(path.slice(0, path.lastIndexOf("/")), { mode: 0o700 });
  await cli.files.writeFile(path, merged, { mode: 0o600 });
}

/** Takes the cluster's context out of the user's own kubeconfig. */
export async function removeFromUserConfig(cli: Cli, paths: ClusterPaths): Promise<void> {
  const path = userConfigPath(cli);
  if (path === paths.kubeconfig || !(await cli.files.exists(path))) return;
  const existing = await cli.files.readText(path);
  const without = mergeOrRefuse(path, () => withoutContext(existing, paths.name));
  if (without !== undefined) await cli.files.writeFile(path, without, { mode: 0o600 });
}

function mergeOrRefuse<T>(path: string, merge: () => T): T {
  try {
    return merge();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`cannot read the kubeconfig ${path}: ${why}`, "Repair it, or use --no-merge.");
  }
}
