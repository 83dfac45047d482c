import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { Client } from "#client/client.ts";
import { clientWish, requestCertificate, servingWish, type CertificateWish } from "#node/certificate_request.ts";
import { keepRenewed } from "#node/certificate_renewal.ts";
import { certificateLife } from "#sys/certificate_request.ts";
import type { AgentCredentials } from "./agents.ts";
import type { NodePlace } from "./node_place.ts";

interface AgentCertificatesOptions {
  readonly place: Pick<NodePlace, "nodeName" | "gateway">;
  readonly credentials: AgentCredentials;
  /** The API as the node itself. */
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long new ones are to last; as long as the signer likes when not told. */
  readonly expirationSeconds?: number;
  /** Keeps credentials for the agent's next start. */
  readonly keep: (credentials: AgentCredentials) => Promise<void>;
  /** Comes under these, and serves with them, from now on. */
  readonly use: (credentials: AgentCredentials) => void;
}

/** Renews the certificates of a further node's agent through the API, until the returned function is called. */
export function keepAgentCertificates(options: AgentCertificatesOptions): () => void {
  const { client, clock, random, log, keep, use, expirationSeconds } = options;
  const { nodeName, gateway } = options.place;
  let held = options.credentials;
  /** One write after the other, each of what is held then. */
  let kept = Promise.resolve();
  const renewed = (part: "client" | "door", wish: CertificateWish) =>
    keepRenewed({
      name: `the node's certificate as ${part === "door" ? "a server" : "a client"}`,
      life: certificateLife(held[part].cert),
      async renew() {
        const pair = await requestCertificate(client, clock, { ...wish, expirationSeconds });
        held = { ...held, [part]: pair };
        use(held);
        kept = kept.catch(() => {}).then(() => keep(held));
        await kept;
        return certificateLife(pair.cert);
      },
      clock,
      random,
      log,
    });
  const stops = [renewed("client", clientWish(nodeName)), renewed("door", servingWish(nodeName, [gateway]))];
  return () => {
    for (const stop of stops) stop();
  };
}
