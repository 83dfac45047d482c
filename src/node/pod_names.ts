import type { Pod } from "#api/core/pod.ts";

/** Labels by which everything of a pod is found again in the runtime (kubelet's names, so crictl users know them). */
export const LABELS = {
  podName: "io.kubernetes.pod.name",
  podNamespace: "io.kubernetes.pod.namespace",
  podUid: "io.kubernetes.pod.uid",
  containerName: "io.kubernetes.container.name",
} as const;

/** What a container was made from, kept with it. */
export const ANNOTATIONS = {
  containerHash: "io.kubernetes.container.hash",
  restartCount: "io.kubernetes.container.restartCount",
  terminationMessagePath: "io.kubernetes.container.terminationMessagePath",
  terminationMessagePolicy: "io.kubernetes.container.terminationMessagePolicy",
  /** The reference the pod asked for; the runtime may only know the image's id. */
  image: "io.kubernetes.container.image",
} as const;

/** How kubelet names a pod in messages: `name_namespace(uid)`. */
export function podTitle(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
}

/**
 * A short hash of what, when changed, makes a container be replaced: its name and image, as in kubelet
 * (pkg/kubelet/container/helpers.go, HashContainer). FNV-1a, 32 bits, in hexadecimal.
 */
export function containerHash(container: { readonly name: string; readonly image?: string | undefined }): string {
  const text = JSON.stringify({ name: container.name, image: container.image ?? "" });
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16);
}
