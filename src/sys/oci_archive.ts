import { createHash } from "node:crypto";
import { tarArchive, type TarEntry } from "./tar.ts";

/** An image of uncompressed layers, as `image import` takes it. */
interface OciImage {
  /** The full reference, for example `knarr.local/pause:1`. */
  readonly reference: string;
  /** As Go names it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** The image configuration's `config`: Entrypoint, Cmd, Env, User, WorkingDir. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Tar archives, lowest first. */
  readonly layers: readonly Uint8Array[];
}

/** The image as one tar file in OCI layout (opencontainers/image-spec image-layout.md). */
export function ociArchive(image: OciImage): Uint8Array {
  const blobs: TarEntry[] = [];
  const add = (content: Uint8Array, mediaType: string) => {
    const digest = createHash("sha256").update(content).digest("hex");
    blobs.push({ path: `blobs/sha256/${digest}`, content });
    return { mediaType, digest: `sha256:${digest}`, size: content.length };
  };
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const layers = image.layers.map((layer) => add(layer, "application/vnd.oci.image.layer.v1.tar"));
  const config = add(
    json({
      architecture: image.architecture,
      os: "linux",
      config: image.config,
      rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
    }),
    "application/vnd.oci.image.config.v1+json",
  );
  const manifest = add(json({ schemaVersion: 2, config, layers }), "application/vnd.oci.image.manifest.v1+json");
  const annotations = { "io.containerd.image.name": image.reference };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  return tarArchive([
    { path: "oci-layout", content: json({ imageLayoutVersion: "1.0.0" }) },
    { path: "index.json", content: json(index) },
    { path: "blobs/" },
    { path: "blobs/sha256/" },
    ...blobs,
  ]);
}
