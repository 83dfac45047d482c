import type { Cli } from "../cli.ts";

/** `knarr version`: the Kubernetes version spoken, and the Node it runs on. */
export function version(cli: Cli, options: { readonly json?: boolean | undefined }): void {
  const facts = { knarr: cli.version };
  cli.terminal.out(options.json ? `${JSON.stringify(facts)}\n` : `Knarr ${cli.version}\n`);
}
