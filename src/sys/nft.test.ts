import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetUdpFlows } from "./nft.ts";

test("UDP flows are found by who answers them: the asker's own port is any", async () => {
  const commands: string[] = [];
  await forgetUdpFlows(
    (argv) => {
      commands.push(argv.join(" "));
      return Promise.resolve({ exitCode: 1, stdout: "", stderr: "0 flow entries have been deleted." });
    },
    "10.244.0.7",
    5000,
  );
  // `--sport` would be the port of who asked.
  assert.deepEqual(commands, ["conntrack -D -p udp --reply-src 10.244.0.7 --reply-port-src 5000"]);
});
