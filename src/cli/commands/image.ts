import { BASE_IMAGE, buildahCommand, ensureBaseImage, mustBuild } from "../base_image.ts";
import type { Cli } from "../cli.ts";
import { type ClusterOptions, pathsOf, requireRunning } from "../cluster_state.ts";
import { CommandFailure } from "../failure.ts";
import { fullReference } from "../image_reference.ts";
import type { ClusterPaths } from "../paths.ts";
import { Progress, styled, table } from "../terminal.ts";

/** `knarr image build DIR -t NAME`: builds a Dockerfile and hands the image to the cluster's nodes. */
export async function imageBuild(cli: Cli, directory: string, tag: string, options: ClusterOptions): Promise<void> {
  const paths = pathsOf(cli, options);
  await requireRunning(cli, paths);
  const progress = new Progress(cli.terminal);
  progress.say(`Building ${tag} ...`);
  const reference = await buildImage(cli, paths, directory, tag);
  progress.done();
  cli.terminal.out(`${styled(cli.terminal, "green", "✓")} built ${reference}\n`);
}

/** Builds, exports and imports one image. Returns its full reference. */
export async function buildImage(cli: Cli, paths: ClusterPaths, directory: string, tag: string): Promise<string> {
  if (!(await cli.files.exists(`${directory}/Dockerfile`))) {
    throw new CommandFailure(
      `${directory} has no Dockerfile`,
      `Write one; the base image ${BASE_IMAGE} has Node and a shell.`,
    );
  }
  await ensureBaseImage(cli, paths);
  const reference = fullReference(tag);
  const buildah = buildahCommand(paths);
  const bud = [
    ...buildah,
    "bud",
    "--isolation",
    "chroot",
    "--pull-never",
    "--layers=false",
    "-t",
    reference,
    directory,
  ];
  await mustBuild(cli, bud, tag);
  const archive = `${paths.build}/${reference.replaceAll(/[^a-zA-Z0-9.-]/g, "_")}.tar`;
  await cli.files.remove(archive);
  await mustBuild(cli, [...buildah, "push", reference, `docker-archive:${archive}:${reference}`], tag);
  await cli.machine.importImages(paths, archive);
  await cli.files.remove(archive);
  return reference;
}

/** `knarr image load TAR…`: imports archives made elsewhere (`docker save`, `podman save`, OCI). */
export async function imageLoad(cli: Cli, archives: readonly string[], options: ClusterOptions): Promise<void> {
  const paths = pathsOf(cli, options);
  await requireRunning(cli, paths);
  for (const archive of archives) {
    if (!(await cli.files.exists(archive)))
      throw new CommandFailure(`${archive} does not exist`, "Name an image archive.");
    const brought = await cli.machine.importImages(paths, archive);
    for (const reference of brought) cli.terminal.out(`loaded ${reference}\n`);
  }
}

/** `knarr image list`: what the nodes hold. */
export async function imageList(cli: Cli, options: ClusterOptions): Promise<void> {
  const paths = pathsOf(cli, options);
  await requireRunning(cli, paths);
  const images = await cli.machine.listImages(paths);
  const rows = images.map((image) => [
    image.reference,
    image.id.replace("sha256:", "").slice(0, 12),
    mebibytes(image.sizeBytes),
  ]);
  cli.terminal.out(table(["IMAGE", "ID", "SIZE"], rows));
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
