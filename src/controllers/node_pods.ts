import type { Pod } from "#api/core/pod.ts";
import type { Cache } from "#client/cache.ts";

const NODE_INDEX = "node";

/** The pods placed on a node. */
export function podsOn(cache: Cache<Pod>, nodeName: string): readonly Pod[] {
  cache.addIndex(NODE_INDEX, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []));
  return cache.byIndex(NODE_INDEX, nodeName);
}
