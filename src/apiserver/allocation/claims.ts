import { Service } from "#api/core/service.ts";
import type { Change, Entry, Store } from "#store/store.ts";
import { objectOf, storagePrefix } from "../object_codec.ts";

/** What a Service holds: `ip 10.96.0.1`, `port 30080`. */
export type Claim = `ip ${string}` | `port ${number}`;

/**
 * Who holds which address and node port. What is committed is read off the Services in the store and kept up by a
 * watch, so a restart forgets nothing and a deletion frees at once; what is about to be written is reserved beside it.
 */
export class Claims {
  readonly #store: Store;
  readonly #committed = new Map<Claim, string>();
  /** Claims of writes under way, by the key that makes them. */
  readonly #reserved = new Map<Claim, string>();
  #stop: (() => void) | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Who holds `claim`, as a storage key. The index is built on first use. */
  holder(claim: Claim): string | undefined {
    if (this.#stop === undefined) this.#start();
    return this.#committed.get(claim) ?? this.#reserved.get(claim);
  }

  /** Holds claims until the returned function is called, which is after the write. */
  reserve(claims: readonly Claim[], key: string): () => void {
    const taken = claims.filter((claim) => this.holder(claim) === undefined);
    for (const claim of taken) this.#reserved.set(claim, key);
    return () => {
      for (const claim of taken) this.#reserved.delete(claim);
    };
  }

  close(): void {
    this.#stop?.();
  }

  #start(): void {
    const prefix = storagePrefix(Service);
    const { entries, revision } = this.#store.range(prefix);
    for (const entry of entries) this.#take(entry);
    const watch = this.#store.watch(
      prefix,
      { after: revision },
      {
        changes: (batch) => batch.forEach((change) => this.#apply(change)),
        closed: () => {},
      },
    );
    this.#stop = () => watch.close();
  }

  #apply({ previous, entry }: Change): void {
    if (previous !== undefined) for (const claim of claimsOf(serviceAt(previous))) this.#committed.delete(claim);
    if (entry !== undefined) this.#take(entry);
  }

  #take(entry: Entry): void {
    for (const claim of claimsOf(serviceAt(entry))) this.#committed.set(claim, entry.key);
  }
}

function serviceAt(entry: Entry): Service {
  return objectOf(entry) as unknown as Service;
}

/** Everything a Service holds. */
export function claimsOf(service: Service): Claim[] {
  const { clusterIPs = [], ports = [], healthCheckNodePort = 0 } = service.spec;
  const addresses = clusterIPs.filter((ip) => ip !== "None" && ip !== "");
  const nodePorts = ports.map((port) => port.nodePort ?? 0);
  return [
    ...addresses.map((ip): Claim => `ip ${ip}`),
    ...[...nodePorts, healthCheckNodePort].filter((port) => port > 0).map((port): Claim => `port ${port}`),
  ];
}
