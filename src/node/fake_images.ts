import type { FakeImage } from "./fake_image.ts";
import { ImagePullError } from "./runtime_errors.ts";
import type { Image } from "./runtime.ts";

/** The fake machine's images, and the registry behind them. */
export class FakeImages {
  readonly #known = new Map<string, FakeImage>();
  readonly #anyImage: FakeImage | undefined;
  /** References on the machine. */
  readonly #present = new Set<string>();

  constructor(options: {
    readonly images?: Readonly<Record<string, FakeImage>>;
    readonly absent?: readonly string[];
    readonly anyImage?: FakeImage;
  }) {
    for (const [reference, image] of Object.entries(options.images ?? {})) this.add(reference, image);
    for (const reference of options.absent ?? []) this.#present.delete(reference);
    this.#anyImage = options.anyImage;
  }

  add(reference: string, image: FakeImage): void {
    this.#known.set(reference, image);
    this.#present.add(reference);
  }

  /** The image by reference or id, when it is on the machine. */
  present(name: string): { readonly id: string; readonly image: FakeImage } | undefined {
    for (const reference of this.#present.has(name) ? [name] : this.#present) {
      const id = imageId(reference);
      const image = this.#known.get(reference) ?? this.#anyImage;
      if (image !== undefined && (reference === name || id === name)) return { id, image };
    }
    return undefined;
  }

  status(name: string): Image | undefined {
    const found = this.present(name);
    if (found === undefined) return undefined;
    const { id, image } = found;
    return {
      id,
      tags: [...this.#present].filter((reference) => imageId(reference) === id),
      digests: [],
      sizeBytes: image.sizeBytes ?? 1_000_000,
      ...(image.uid !== undefined && { uid: image.uid }),
      ...(image.username !== undefined && { username: image.username }),
      pinned: false,
    };
  }

  list(): Image[] {
    return [...this.#present].flatMap((reference) => this.status(reference) ?? []);
  }

  pullMs(reference: string): number {
    return (this.#known.get(reference) ?? this.#anyImage)?.pullMs ?? 0;
  }

  /** @throws {ImagePullError} */
  pull(reference: string): string {
    if (!/^[a-z0-9][a-z0-9._/:@-]*$/i.test(reference)) {
      throw new ImagePullError(
        "invalidName",
        `failed to parse image reference "${reference}": invalid reference format`,
      );
    }
    const image = this.#known.get(reference) ?? this.#anyImage;
    const failed = `failed to pull and unpack image "${reference}": failed to resolve reference "${reference}"`;
    if (image === undefined) throw new ImagePullError("notFound", `${failed}: ${reference}: not found`);
    const failure = Array.isArray(image.pullError) ? image.pullError.shift() : image.pullError;
    if (failure !== undefined) throw failure;
    this.#present.add(reference);
    return imageId(reference);
  }

  remove(name: string): void {
    for (const reference of this.#present) {
      if (reference === name || imageId(reference) === name) this.#present.delete(reference);
    }
  }
}

/** A stable stand-in for a config digest: FNV-1a of the reference, spread over 64 hex digits. */
function imageId(reference: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < reference.length; i++) hash = Math.imul(hash ^ reference.charCodeAt(i), 0x01000193) >>> 0;
  return `sha256:${hash.toString(16).padStart(8, "0").repeat(8)}`;
}
