import { mustRun, type RunCommand } from "#sys/process.ts";
import { parseImageReference } from "../image_reference.ts";

/** A large image on a slow disk takes minutes. */
const IMPORT_TIMEOUT_MS = 600_000;

/**
 * Loads an archive through containerd's own client, as CRI has no call for it.
 *
 * @returns The names by which pods find the images.
 */
export async function importArchive(run: RunCommand, socket: string, tarPath: string): Promise<string[]> {
  const images = ["ctr", "-a", socket, "-n", "k8s.io", "images"];
  const output = await mustRun(run, [...images, "import", tarPath], { timeoutMs: IMPORT_TIMEOUT_MS });
  // One line per image: unpacking NAME (sha256:…)...done
  const names = [...output.matchAll(/^unpacking (\S+) \(sha256:/gm)].flatMap((line) => line[1] ?? []);
  const full = new Set<string>();
  for (const name of names) {
    const wanted = fullName(name);
    full.add(wanted);
    if (wanted === name) continue;
    // CRI looks images up by their full names: under a short one it lists the image, and cannot run it.
    await mustRun(run, [...images, "tag", "--force", name, wanted]);
    await mustRun(run, [...images, "rm", name]);
  }
  return [...full];
}

/** A reference with what Docker leaves out: registry docker.io, its folder library, tag latest. */
export function fullName(name: string): string {
  const parsed = parseImageReference(name);
  if (parsed === undefined) return name;
  const tag = parsed.full.slice(parsed.full.lastIndexOf("/") + 1).replace(/^[^:@]+/, "");
  return parsed.repository + tag;
}
