import { mustRun, type RunCommand } from "./process.ts";

/** Hands a script to nft in one transaction: all of it holds afterwards, or none. Rejects with CommandFailed. */
export async function applyNft(run: RunCommand, script: string): Promise<void> {
  await mustRun(run, ["nft", "-f", "-"], { input: script });
}

/** Removes a table; one that is not there is no failure. */
export async function deleteNftTable(run: RunCommand, table: string): Promise<void> {
  // Adding first makes the deletion succeed either way, in the same transaction.
  await applyNft(run, `table ip ${table}\ndelete table ip ${table}\n`);
}

/** Forgets the tracked UDP flows that were translated to an endpoint. conntrack(8) ends with 1 when there was none. */
export async function forgetUdpFlows(run: RunCommand, address: string, port: number): Promise<void> {
  await run(["conntrack", "-D", "-p", "udp", "--reply-src", address, "--reply-port-src", String(port)]);
}
