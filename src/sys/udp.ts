import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

export interface UdpPeer {
  readonly address: string;
  readonly port: number;
}

/** A bound socket. What cannot be sent is lost, as datagrams may be. */
export interface UdpSocket {
  readonly port: number;
  send(message: Uint8Array, to: UdpPeer): void;
  close(): Promise<void>;
}

/**
 * Binds a UDP port (0: any) and hands every datagram to `receive`. Rejects with the system's error, whose `code` is
 * EADDRINUSE, EADDRNOTAVAIL and so on.
 */
export function bindUdp(at: UdpPeer, receive: (message: Uint8Array, from: UdpPeer) => void): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(at.address) ? "udp6" : "udp4");
    // After the bind an error belongs to one datagram (an unreachable peer); the socket goes on.
    socket.on("error", reject);
    socket.on("message", (message, { address, port }) => receive(message, { address, port }));
    let open = true;
    socket.bind({ address: at.address, port: at.port }, () =>
      resolve({
        port: socket.address().port,
        send: (message, to) => void (open && socket.send(message, to.port, to.address, () => {})),
        close: () => {
          open = false;
          return new Promise((closed) => socket.close(() => closed()));
        },
      }),
    );
  });
}

/**
 * Sends one datagram from a port of its own and gives what comes back from that peer, or undefined when `signal`
 * aborts first or the peer refuses. `accept` says which datagram is the reply; others are dropped.
 */
export function askUdp(
  to: UdpPeer,
  message: Uint8Array,
  accept: (reply: Uint8Array) => boolean,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(to.address) ? "udp6" : "udp4");
    let done = false;
    const finish = (reply?: Uint8Array) => {
      if (done) return;
      done = true;
      signal.removeEventListener("abort", onAbort);
      socket.close();
      resolve(reply);
    };
    const onAbort = () => finish();
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", () => finish());
    socket.on("message", (reply) => accept(reply) && finish(reply));
    if (signal.aborted) return finish();
    // Connected: datagrams of others never arrive, and a refusal is an error at once.
    socket.connect(to.port, to.address, () => {
      if (!done) socket.send(message);
    });
  });
}
