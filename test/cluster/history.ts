import { createHash } from "node:crypto";
import type { Cluster } from "knarr";

/** Follows the store from here on; the function returned gives the hash of all that was written. */
export function hashHistory({ store }: Cluster): () => string {
  const hash = createHash("sha256");
  const watch = store.watch(
    "/registry/",
    { after: 0 },
    {
      changes(batch) {
        for (const { revision, key, entry } of batch) hash.update(`${revision} ${key} `).update(entry?.value ?? "gone");
      },
      closed() {},
    },
  );
  return () => {
    watch.close();
    return hash.digest("hex");
  };
}
