import { DialError, type Dialer } from "#sys/dialer.ts";
import type { FakeContainer } from "./fake_container.ts";
import type { FakeRuntime } from "./fake_runtime.ts";

/** The network of a node whose runtime is fake: its containers answer as their images say. */
export function fakeDialer(runtime: FakeRuntime): Dialer {
  const refuse = (host: string, port: number) => new DialError(host, port, "connect: connection refused");
  return {
    async connect(host, port) {
      if (!runtime.listening(host).some((container) => listensAt(container, port))) throw refuse(host, port);
    },
    async get({ host, port, path }) {
      for (const container of runtime.listening(host)) {
        const { http } = container.image;
        const silent = listensAt(container, port) ? 200 : undefined;
        const status = http ? http({ port, path }, container) : silent;
        if (status !== undefined) return { status, body: "" };
      }
      throw refuse(host, port);
    },
  };
}

/** An image that says nothing of its ports listens at every one. */
function listensAt({ image }: FakeContainer, port: number): boolean {
  return image.ports === undefined || Object.hasOwn(image.ports, port);
}
