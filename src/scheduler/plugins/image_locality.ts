import type { Pod } from "#api/core/pod.ts";
import { SCORE_MAX, type Plugin } from "../framework.ts";

const MEGABYTE = 1024 * 1024;
/** Images smaller than this in all make no difference; per container, larger ones make no more. */
const BYTES_MIN = 23 * MEGABYTE;
const BYTES_MAX_PER_CONTAINER = 1000 * MEGABYTE;

/**
 * Nodes that hold the pod's images are better, by size. Images that few nodes hold count less, so that not all pods
 * go to the first node that pulled one (plugins/imagelocality).
 */
export function imageLocality(): Plugin {
  return {
    name: "ImageLocality",
    planScore({ pod }, { index }) {
      const images = imagesOf(pod);
      const known = images.filter((image) => index.imageNodes.has(image));
      if (known.length === 0) return undefined;
      const shares = known.map((image) => ({ image, share: (index.imageNodes.get(image) ?? 0) / index.nodes.size }));
      const bytesMax = BYTES_MAX_PER_CONTAINER * images.length;
      return {
        rate({ images: held }) {
          let bytes = 0;
          for (const { image, share } of shares) bytes += Math.trunc((held.get(image) ?? 0) * share);
          const bounded = Math.min(Math.max(bytes, BYTES_MIN), bytesMax);
          return Math.floor((SCORE_MAX * (bounded - BYTES_MIN)) / (bytesMax - BYTES_MIN));
        },
      };
    },
  };
}

function imagesOf({ spec }: Pod): string[] {
  const named = [...(spec.initContainers ?? []), ...spec.containers].map(({ image }) => image ?? "");
  const mounted = (spec.volumes ?? []).flatMap(({ image }) => (image === undefined ? [] : [image.reference ?? ""]));
  return [...named, ...mounted].map(withTag);
}

/** Names without a tag mean `:latest`; a colon before the last slash is a port. */
function withTag(name: string): string {
  return name.lastIndexOf(":") <= name.lastIndexOf("/") ? `${name}:latest` : name;
}
