import type { Cli } from "../cli.ts";

/** `knarr bench [NAME]`: measures, side by side, and prints medians. Resolves with the exit code. */
export function bench(
  cli: Cli,
  name: string | undefined,
  options: { readonly json?: boolean | undefined; readonly small?: boolean | undefined },
): Promise<number> {
  const [node = "node"] = cli.program;
  const flags = [...(options.json ? ["--json"] : []), ...(options.small ? ["--small"] : [])];
  const argv = [node, `${cli.root}/bench/main.ts`, ...(name ? [name] : []), ...flags];
  return cli.processes.attached(argv);
}
