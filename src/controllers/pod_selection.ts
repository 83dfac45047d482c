import type { Pod } from "#api/core/pod.ts";
import type { Cache } from "#client/cache.ts";

const LABEL_INDEX = "namespace and label";

function indexed(namespace: string, key: string, value: string): string {
  return `${namespace}/${key}=${value}`;
}

/** The pods of a namespace that bear all labels of `selector`, without looking at every pod. None for no selector. */
export function podsWith(
  cache: Cache<Pod>,
  namespace: string,
  selector: Readonly<Record<string, string>>,
): readonly Pod[] {
  cache.addIndex(LABEL_INDEX, ({ metadata }) =>
    Object.entries(metadata.labels ?? {}).map(([key, value]) => indexed(metadata.namespace, key, value)),
  );
  const sets = Object.entries(selector).map(([key, value]) =>
    cache.byIndex(LABEL_INDEX, indexed(namespace, key, value)),
  );
  const [smallest = [], ...others] = sets.toSorted((a, b) => a.length - b.length);
  if (others.length === 0) return smallest;
  return smallest.filter((pod) => hasLabels(pod, selector));
}

/** Whether a pod bears all labels of a selector that is not empty. */
export function hasLabels(pod: Pod, selector: Readonly<Record<string, string>> | undefined): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => pod.metadata.labels?.[key] === value);
}
