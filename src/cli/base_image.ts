import type { Cli } from "./cli.ts";
import { CommandFailure } from "./failure.ts";
import type { ClusterPaths } from "./paths.ts";

/** A base with Node and a small shell, made of this machine's own files: nothing has to be pulled. */
export const BASE_IMAGE = "localhost/knarr/node:24";

const APPLETS =
  "sh ash cat ls ps env echo sleep head tail grep date hostname id kill mkdir rm cp mv touch stty nc nslookup wget vi top df mount printf test true false tty wc sort seq dd tar httpd";

/** The storage of the image builder, apart from any other on the machine. */
export function buildahCommand(paths: ClusterPaths): string[] {
  const storage = [
    "--root",
    `${paths.build}/storage`,
    "--runroot",
    `${paths.build}/run`,
    "--storage-driver",
    "overlay",
  ];
  return ["buildah", ...storage];
}

/** Makes the base image unless the builder has it already. */
export async function ensureBaseImage(cli: Cli, paths: ClusterPaths): Promise<void> {
  const buildah = buildahCommand(paths);
  const present = await cli.processes.run([...buildah, "inspect", "--type", "image", BASE_IMAGE]);
  if (present.exitCode === 0) return;
  const context = `${paths.build}/base`;
  await cli.files.remove(context);
  await layOutBase(cli, `${context}/rootfs`);
  await cli.files.writeFile(`${context}/Dockerfile`, dockerfile());
  const argv = [...buildah, "bud", "--isolation", "chroot", "--layers=false", "-t", BASE_IMAGE, context];
  await mustBuild(cli, argv, "the base image");
  await cli.files.remove(context);
}

function dockerfile(): string {
  return `FROM scratch\nCOPY rootfs/ /\nENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nCMD ["node"]\n`;
}

/** Runs a build step; its output is the error when it fails. */
export async function mustBuild(cli: Cli, argv: readonly string[], what: string): Promise<string> {
  const result = await cli.processes.run(argv, { timeoutMs: 600_000 });
  if (result.exitCode === 0) return result.stdout;
  const last = `${result.stdout}${result.stderr}`.trim().split("\n").slice(-5).join("\n  ");
  throw new CommandFailure(`building ${what} failed:\n  ${last}`, "Mend the Dockerfile, or run the build again.");
}

/** Copies the programs with the libraries they need, and the few files a C library expects in /etc. */
async function layOutBase(cli: Cli, rootfs: string): Promise<void> {
  const { run } = cli.processes;
  const [node = ""] = cli.program;
  const busybox = "/bin/busybox";
  const libraries = new Set<string>();
  for (const program of [node, busybox]) {
    // A static program makes ldd fail; it needs no library.
    const { stdout } = await run(["ldd", program]);
    for (const match of stdout.matchAll(/(?:=> )?(\/[^\s]+) \(0x/g)) if (match[1]) libraries.add(match[1]);
  }
  const loader = [...libraries].find((library) => library.includes("/libc.so"));
  const directory = loader?.slice(0, loader.lastIndexOf("/")) ?? "/lib/x86_64-linux-gnu";
  for (const name of ["libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"]) {
    if (await cli.files.exists(`${directory}/${name}`)) libraries.add(`${directory}/${name}`);
  }
  await cli.files.mkdir(`${rootfs}/usr/local/bin`);
  await cli.files.mkdir(`${rootfs}/bin`);
  await cli.files.mkdir(`${rootfs}/root`);
  await cli.files.mkdir(`${rootfs}/tmp`, { mode: 0o1777 });
  await copy(cli, ["-L", "--parents", ...libraries, rootfs]);
  await copy(cli, ["-L", node, `${rootfs}/usr/local/bin/node`]);
  if (await cli.files.exists(busybox)) {
    await copy(cli, ["-L", busybox, `${rootfs}/bin/busybox`]);
    for (const applet of APPLETS.split(" ")) await cli.files.symlink("busybox", `${rootfs}/bin/${applet}`);
  }
  await cli.files.mkdir(`${rootfs}/etc`);
  await cli.files.writeFile(`${rootfs}/etc/nsswitch.conf`, "passwd: files\ngroup: files\nhosts: files dns\n");
  await cli.files.writeFile(
    `${rootfs}/etc/passwd`,
    "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/tmp:/bin/sh\n",
  );
  await cli.files.writeFile(`${rootfs}/etc/group`, "root:x:0:\nnode:x:1000:\n");
}

async function copy(cli: Cli, args: readonly string[]): Promise<void> {
  await mustBuild(cli, ["cp", ...args], "the base image");
}
