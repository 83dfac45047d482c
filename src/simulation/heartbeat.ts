import type { Clock } from "#base/clock.ts";
import { Lease } from "#api/coordination/lease.ts";
import { formatMicroTime } from "#api/time.ts";
import { isApiError, type Client } from "#client/client.ts";

const NAMESPACE = "kube-node-lease";
const LEASE_SECONDS = 40;

/** A node's sign of life: its lease. */
export class Heartbeat {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #name: string;
  #lease: Lease | undefined;

  constructor(client: Client, clock: Clock, name: string) {
    this.#client = client;
    this.#clock = clock;
    this.#name = name;
  }

  /** Renews the lease, or makes it. Throws ApiError. */
  async beat(nodeUid: string): Promise<void> {
    const renewTime = formatMicroTime(this.#clock.now());
    const known = this.#lease ?? (await this.#find());
    this.#lease = undefined;
    this.#lease = known
      ? await this.#client.update(Lease, { ...known, spec: { ...known.spec, renewTime } })
      : await this.#create(nodeUid, renewTime);
  }

  async #find(): Promise<Lease | undefined> {
    try {
      return await this.#client.get(Lease, { namespace: NAMESPACE, name: this.#name });
    } catch (error) {
      if (isApiError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  #create(uid: string, renewTime: string): Promise<Lease> {
    const name = this.#name;
    const ownerReferences = [{ apiVersion: "v1", kind: "Node", name, uid }];
    const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime };
    return this.#client.create(Lease, { metadata: { namespace: NAMESPACE, name, ownerReferences }, spec });
  }
}
