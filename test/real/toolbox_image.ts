import { readFile } from "node:fs/promises";
import { machine } from "#sys/machine.ts";
import { ociArchive } from "#sys/oci_archive.ts";
import { tarArchive } from "#sys/tar.ts";

export const TOOLBOX_IMAGE = "knarr.local/toolbox:1";
const APPLETS =
  "cat echo env grep head hostname httpd id ip ls mkdir mount nc nslookup ps rm sh sleep stty test true false wc wget";

/** A small image of this machine's static busybox (Debian package busybox-static), or undefined without one. */
export async function toolboxArchive(reference = TOOLBOX_IMAGE): Promise<Uint8Array | undefined> {
  const busybox = await readFile("/bin/busybox").catch(() => undefined);
  if (busybox === undefined) return undefined;
  const layer = tarArchive([
    { path: "bin/" },
    { path: "tmp/", mode: 0o1777 },
    { path: "etc/" },
    { path: "etc/passwd", content: Buffer.from("root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n") },
    { path: "etc/group", content: Buffer.from("root:x:0:\nnogroup:x:65534:\n") },
    { path: "bin/busybox", content: busybox, mode: 0o755 },
    ...APPLETS.split(" ").map((name) => ({ path: `bin/${name}`, linkTo: "busybox" })),
  ]);
  return ociArchive({
    reference,
    architecture: machine.architecture === "x64" ? "amd64" : "arm64",
    config: { Cmd: ["sh"], Env: ["PATH=/bin"] },
    layers: [layer],
  });
}
