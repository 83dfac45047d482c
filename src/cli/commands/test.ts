import type { Cli } from "../cli.ts";

/** `knarr test [--nightly] [PATTERN]`: the checks, whole clusters in memory, then the real thing. Resolves with the exit code. */
export function test(
  cli: Cli,
  pattern: string | undefined,
  options: { readonly nightly?: boolean | undefined },
): Promise<number> {
  const [node = "node"] = cli.program;
  const argv = [
    node,
    `${cli.root}/tools/test.ts`,
    ...(options.nightly ? ["--nightly"] : []),
    ...(pattern ? [pattern] : []),
  ];
  return cli.processes.attached(argv);
}
