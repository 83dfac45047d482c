import type { Pod } from "#api/core/pod.ts";
import type { ServiceAccountTokenProjection } from "#api/core/volume_projected.ts";
import { ServiceAccount } from "#api/core/serviceaccount.ts";
import { parseTime } from "#api/time.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { ConfigError } from "../config_error.ts";

interface Held {
  readonly token: string;
  /** From then on a new one is fetched. */
  readonly renewAtMs: number;
}

/** Kept until this part of their life is over, and never longer than a day (pkg/kubelet/token). */
const LIFE_USED = 0.8;
const HELD_MS_MAX = 24 * 3_600_000;

/** Tokens of the pods' service accounts, each bound to its pod, fetched anew before they run out. */
export class ServiceAccountTokens {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();

  constructor({ client, clock }: { readonly client: Client; readonly clock: Clock }) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @throws {ConfigError} If the API gives none. */
  async get(pod: Pod, { audience, expirationSeconds = 3600 }: ServiceAccountTokenProjection): Promise<string> {
    const { uid, name, namespace } = pod.metadata;
    const key = `${uid} ${expirationSeconds} ${audience ?? ""}`;
    const now = this.#clock.now();
    const held = this.#held.get(key);
    if (held && now < held.renewAtMs) return held.token;
    const body = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
      },
    };
    const account = { namespace, name: pod.spec.serviceAccountName || "default" };
    const { token, expiresMs } = read(await this.#client.createSubresource(ServiceAccount, account, "token", body));
    this.#held.set(key, { token, renewAtMs: now + Math.min(HELD_MS_MAX, (expiresMs - now) * LIFE_USED) });
    return token;
  }

  /** When the first of a pod's tokens should be fetched anew, milliseconds since the epoch; Infinity when it has none. */
  renewAtMs(uid: string): number {
    let earliest = Infinity;
    for (const [key, { renewAtMs }] of this.#held) {
      if (key.startsWith(`${uid} `)) earliest = Math.min(earliest, renewAtMs);
    }
    return earliest;
  }

  /** Forgets the tokens of a pod that is gone. */
  forget(uid: string): void {
    for (const key of this.#held.keys()) if (key.startsWith(`${uid} `)) this.#held.delete(key);
  }
}

function read(answer: unknown): { token: string; expiresMs: number } {
  const { status } = answer as { status?: { token?: string; expirationTimestamp?: string } };
  if (!status?.token || !status.expirationTimestamp) throw new ConfigError("the API gave no token");
  return { token: status.token, expiresMs: parseTime(status.expirationTimestamp) };
}
