import { Node } from "#api/core/node.ts";
import type { InformerFactory } from "#client/informer.ts";
import { RemoteAgent } from "#node/remote_agent.ts";
import type { ClientTls } from "#sys/streams/spdy_client.ts";

/** The agents of the cluster's other nodes, by what their Node objects say of where they are. */
export class Peers {
  readonly #informers: InformerFactory;
  #tls: ClientTls;
  readonly #own: string;
  readonly #agents = new Map<string, { readonly server: string; readonly agent: RemoteAgent }>();

  /** @param own The node of this process, which is no peer. */
  constructor(informers: InformerFactory, tls: ClientTls, own: string) {
    this.#informers = informers;
    this.#tls = tls;
    this.#own = own;
  }

  /** The agent of a node; undefined when it has no door. */
  agentOf(nodeName: string): RemoteAgent | undefined {
    const node = this.#informers.informer(Node).cache.get({ name: nodeName });
    const port = node?.status.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
    const address = node?.status.addresses?.find(({ type }) => type === "InternalIP")?.address;
    if (port === 0 || address === undefined) return undefined;
    const server = `https://${address}:${port}`;
    const known = this.#agents.get(nodeName);
    if (known?.server === server) return known.agent;
    known?.agent.close();
    const agent = new RemoteAgent(server, this.#tls);
    this.#agents.set(nodeName, { server, agent });
    return agent;
  }

  /**
   * Resolves when no other node that is Ready sends new connections to the pod. A node that does not answer is not
   * waited for beyond `signal`: its own time is over soon.
   */
  async drained(podUid: string, signal: AbortSignal): Promise<void> {
    const ready = this.#informers
      .informer(Node)
      .cache.list()
      .filter(({ status }) => status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"))
      .map(({ metadata }) => metadata.name)
      .filter((name) => name !== this.#own);
    await Promise.all(
      ready.map((name) =>
        this.agentOf(name)
          ?.drained(podUid, signal)
          .catch(() => {}),
      ),
    );
  }

  /** Comes to them under another certificate from now on. */
  renew(tls: ClientTls): void {
    this.#tls = tls;
    for (const { agent } of this.#agents.values()) agent.renew(tls);
  }

  close(): void {
    for (const { agent } of this.#agents.values()) agent.close();
  }
}
