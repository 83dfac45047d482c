import type { Clock } from "#base/clock.ts";
import type { Random } from "#base/random.ts";
import { dialTcp } from "#sys/tcp.ts";
import { askUdp, type UdpPeer } from "#sys/udp.ts";
import { readPacket } from "./packet.ts";
import { framed, frames } from "./tcp_frames.ts";

/** The next server is asked after this long; glibc gives up on us after 5 s. */
const TIMEOUT_MS = 2_000;

/** Questions under way at a time; more are answered SERVFAIL at once. */
const PENDING_MAX = 1_000;

/** The machine's own resolvers: everything outside the zone is asked there. */
export class Upstream {
  readonly #servers: readonly UdpPeer[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #pending = new Set<AbortController>();

  constructor(options: { readonly servers: readonly UdpPeer[]; readonly clock: Clock; readonly random: Random }) {
    this.#servers = options.servers;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** The first reply of a server to this packet, under the packet's own id; undefined when none replies in time. */
  async ask(packet: Uint8Array): Promise<Uint8Array | undefined> {
    if (this.#pending.size >= PENDING_MAX) return undefined;
    for (const server of this.#servers) {
      const reply = await this.#withTimeout((signal) => this.#exchange(server, packet, signal));
      if (reply) return withId(reply, idOf(packet));
    }
    return undefined;
  }

  stop(): void {
    for (const pending of this.#pending) pending.abort(new Error("the DNS server was stopped"));
  }

  /** An id of our own and, by the socket, a port of its own: a forged reply has to guess both (RFC 5452). */
  async #exchange(server: UdpPeer, packet: Uint8Array, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const id = this.#random.below(0x1_0000);
    const query = withId(packet, id);
    const accept = (reply: Uint8Array) => idOf(reply) === id && sameQuestion(query, reply);
    const reply = await askUdp(server, query, accept, signal);
    if (reply === undefined || ((reply[2] ?? 0) & 0x02) === 0) return reply;
    return (await this.#exchangeTcp(server, query, accept, signal)) ?? reply;
  }

  async #exchangeTcp(
    server: UdpPeer,
    query: Uint8Array,
    accept: (reply: Uint8Array) => boolean,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    try {
      const stream = await dialTcp(server.address, server.port, TIMEOUT_MS);
      const abort = () => stream.destroy();
      signal.addEventListener("abort", abort, { once: true });
      try {
        await stream.write(framed(query));
        for await (const reply of frames(stream.incoming)) if (accept(reply)) return reply;
      } finally {
        signal.removeEventListener("abort", abort);
        stream.destroy();
      }
    } catch {
      // The server speaks UDP only, or is too slow: what came over UDP is the best there is.
    }
    return undefined;
  }

  async #withTimeout<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    this.#pending.add(abort);
    const timer = this.#clock.after(TIMEOUT_MS, () => abort.abort(new Error("no reply in time")));
    try {
      return await run(abort.signal);
    } finally {
      timer.cancel();
      this.#pending.delete(abort);
    }
  }
}

function idOf(packet: Uint8Array): number {
  return ((packet[0] ?? 0) << 8) | (packet[1] ?? 0);
}

function withId(packet: Uint8Array, id: number): Uint8Array {
  const copy = Uint8Array.from(packet); // Not slice(): a Buffer would share its bytes.
  copy[0] = id >> 8;
  copy[1] = id & 0xff;
  return copy;
}

function sameQuestion(query: Uint8Array, reply: Uint8Array): boolean {
  const asked = readPacket(query)?.questions[0];
  const answer = readPacket(reply);
  const answered = answer?.questions[0];
  return (
    answer?.type === "response" &&
    asked?.type === answered?.type &&
    asked?.name.toLowerCase() === answered?.name.toLowerCase()
  );
}
