import type { ByteStream } from "#base/streams.ts";
import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { InformerFactory } from "#client/informer.ts";
import { listenTcp } from "#sys/tcp.ts";
import { bindUdp, type UdpPeer } from "#sys/udp.ts";
import { followClusterNames } from "./cluster_names.ts";
import type { Zone } from "./records.ts";
import { respond, type Responder } from "./respond.ts";
import { framed, frames } from "./tcp_frames.ts";
import { Upstream } from "./upstream.ts";

export interface DnsOptions extends Zone {
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where to listen, over UDP and TCP; port 0 takes one that is free. */
  readonly listen: readonly UdpPeer[];
  /** Who knows names outside the cluster. Those that are ourselves are left out. */
  readonly upstreams: readonly UdpPeer[];
}

export interface Dns {
  /** Where it listens, in the order asked for. */
  readonly listening: readonly UdpPeer[];
  stop(): Promise<void>;
}

const TCP_LIMITS = { connectionsMax: 200, idleMs: 10_000 };

/** Starts the cluster's DNS; resolves when it knows every Service and listens. */
export async function startDns(options: DnsOptions): Promise<Dns> {
  const { clock, random, log } = options;
  const names = await followClusterNames(options.informers);
  // A question sent to ourselves would come round for ever.
  const servers = options.upstreams.filter((server) => !options.listen.some((own) => isSame(own, server)));
  if (servers.length === 0) log.warn("no resolver to ask for names outside the cluster");
  const upstream = new Upstream({ servers, clock, random });
  const responder: Responder = {
    zone: { domain: options.domain.toLowerCase(), networks: options.networks },
    names,
    ask: (packet) => upstream.ask(packet),
    serial: () => Math.floor(clock.now() / 1_000) >>> 0,
  };
  const opened: { readonly address: string; readonly port: number; close(): Promise<void> }[] = [];
  const close = async () => {
    upstream.stop();
    await Promise.all(opened.map((each) => each.close()));
  };
  try {
    for (const at of options.listen) opened.push(await listenAt(at, responder, log));
  } catch (error) {
    await close();
    throw error;
  }
  return { listening: opened.map(({ address, port }) => ({ address, port })), stop: close };
}

async function listenAt({ address, port }: UdpPeer, responder: Responder, log: Log) {
  const reply = async (bytes: Uint8Array, transport: "udp" | "tcp") => {
    try {
      return await respond(bytes, transport, responder);
    } catch (error) {
      log.error("a DNS question could not be answered", { error });
      return undefined;
    }
  };
  const udp = await bindUdp({ address, port }, async (message, from) => {
    const answer = await reply(message, "udp");
    if (answer) udp.send(answer, from);
  });
  try {
    const tcp = await listenTcp({ address, port: udp.port }, TCP_LIMITS, (stream) => void converse(stream, reply));
    return {
      address,
      port: udp.port,
      close: async () => void (await Promise.all([udp.close(), tcp.close()])),
    };
  } catch (error) {
    await udp.close();
    throw error;
  }
}

/** Answers one TCP connection's questions in order, until it ends or breaks. */
async function converse(
  stream: ByteStream,
  reply: (bytes: Uint8Array, transport: "tcp") => Promise<Uint8Array | undefined>,
): Promise<void> {
  try {
    for await (const message of frames(stream.incoming)) {
      const answer = await reply(message, "tcp");
      if (answer === undefined) break;
      await stream.write(framed(answer));
    }
    stream.end();
  } catch {
    stream.destroy();
  }
}

function isSame(a: UdpPeer, b: UdpPeer): boolean {
  return a.address === b.address && a.port === b.port;
}
