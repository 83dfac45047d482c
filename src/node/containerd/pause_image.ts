import { ociArchive } from "#sys/oci_archive.ts";
import { tarArchive } from "#sys/tar.ts";
import { pauseProgram, type Architecture } from "./pause_program.ts";

/** The image of every pod's first container, as an OCI archive of some 6 KB. */
export function pauseArchive(reference: string, architecture: Architecture): Uint8Array {
  const layer = tarArchive([{ path: "pause", content: pauseProgram(architecture), mode: 0o755 }]);
  return ociArchive({
    reference,
    architecture: architecture === "x64" ? "amd64" : "arm64",
    config: { Entrypoint: ["/pause"], User: "65535:65535", WorkingDir: "/" },
    layers: [layer],
  });
}
