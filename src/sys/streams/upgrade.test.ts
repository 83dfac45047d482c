import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { after, test } from "node:test";
import { WebSocket } from "ws";
import { createCertificateAuthority, signCertificate } from "../certificates.ts";
import { type UpgradeHandler, listen } from "../http/listener.ts";

const validity = { now: Date.now(), days: 1 };
const ca = createCertificateAuthority({ commonName: "ca", ...validity });
const tls = signCertificate(ca, { commonName: "s", usages: ["server"], ipAddresses: ["127.0.0.1"], ...validity });
let upgrade: UpgradeHandler;
const listener = await listen({
  port: 0,
  host: "127.0.0.1",
  tls,
  handler: () => Promise.resolve({ status: 200, headers: {}, body: Buffer.from("plain") }),
  upgrade: (request, upgraded) => upgrade(request, upgraded),
});
after(() => listener.close());

const ALL = { stdin: true, stdout: true, stderr: true, tty: false };

/** Echoes stdin to stdout, then ends with a failure. */
const echo: UpgradeHandler = async (_request, upgraded) => {
  const session = await upgraded.acceptExec(ALL);
  for await (const chunk of session.stdin ?? []) await session.stdout?.write(chunk);
  await session.finish({ status: "Failure", message: "exit status 1" });
};

async function opened(protocols: string[]): Promise<[WebSocket, Promise<Buffer[]>]> {
  const websocket = new WebSocket(`wss://127.0.0.1:${listener.port}/exec`, protocols, { ca: ca.cert });
  const messages: Buffer[] = [];
  websocket.on("message", (message: Buffer) => messages.push(message));
  const closed = once(websocket, "close").then(([code]) => {
    assert.equal(code, 1000);
    return messages;
  });
  await once(websocket, "open");
  return [websocket, closed];
}

const commands = [
  {
    protocol: "v5.channel.k8s.io",
    sends: ["\0hi", "\xff\0"],
    gets: ["\x01", "\x01hi", '\x03{"status":"Failure","message":"exit status 1"}'],
  },
  {
    protocol: "v4.channel.k8s.io",
    sends: ["\0hi"],
    gets: ["\x01", "\x01hi", '\x03{"status":"Failure","message":"exit status 1"}'],
  },
  {
    protocol: "v4.base64.channel.k8s.io",
    sends: ["0aGk="],
    gets: ["1", "1aGk=", "3eyJzdGF0dXMiOiJGYWlsdXJlIiwibWVzc2FnZSI6ImV4aXQgc3RhdHVzIDEifQ=="],
  },
  { protocol: "channel.k8s.io", sends: ["\0hi"], gets: ["\x01", "\x01hi", "\x03exit status 1"] },
];
for (const c of commands) {
  test(`exec over ${c.protocol}`, async () => {
    const closes = c.protocol.startsWith("v5");
    upgrade = closes
      ? echo
      : async (_request, upgraded) => {
          // Before v5 standard input cannot be ended: one message is all this command reads.
          const session = await upgraded.acceptExec(ALL);
          for await (const chunk of session.stdin ?? []) {
            await session.stdout?.write(chunk);
            break;
          }
          await session.finish({ status: "Failure", message: "exit status 1" });
        };
    const [websocket, closed] = await opened([c.protocol]);
    assert.equal(websocket.protocol, c.protocol);
    for (const message of c.sends) websocket.send(Buffer.from(message, "latin1"));
    assert.deepEqual(
      (await closed).map((message) => message.toString("latin1")),
      c.gets,
    );
  });
}

test("port-forward over channel pairs: each begins with its port, the last to end closes", async () => {
  upgrade = async (_request, upgraded) => {
    const session = await upgraded.acceptPortForward([80, 8080]);
    for await (const connection of session.connections) {
      if (connection.port === 80) await connection.fail("nothing there");
      else {
        for await (const chunk of connection.data.incoming) {
          await connection.data.write(Buffer.from(Buffer.from(chunk).toString().toUpperCase()));
          break;
        }
        connection.data.end();
      }
    }
  };
  const [websocket, closed] = await opened(["v4.channel.k8s.io"]);
  websocket.send(Buffer.from("\x02abc"));
  const messages = (await closed).map((message) => message.toString("latin1"));
  assert.deepEqual(messages.toSorted(), [
    "\0\x50\0",
    "\x01\x50\0",
    "\x01nothing there",
    "\x02ABC",
    "\x02\x90\x1f",
    "\x03\x90\x1f",
  ]);
});

interface Refusal {
  readonly status: number;
  readonly body: string;
}

async function refusal(headers: Record<string, string>): Promise<Refusal> {
  const request = httpsRequest({ port: listener.port, host: "127.0.0.1", ca: ca.cert, agent: false, headers }).end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: (await response.toArray()).join("") };
}

const SPDY = { connection: "Upgrade", upgrade: "SPDY/3.1" };
const WEBSOCKET = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
const KEY = { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
const refusals = [
  { name: "SPDY without a protocol", headers: SPDY, status: 400, says: "X-Stream-Protocol-Version is required" },
  {
    name: "SPDY with a strange protocol",
    headers: { ...SPDY, "x-stream-protocol-version": "v9.channel.k8s.io" },
    status: 403,
    says: "client supports [v9.channel.k8s.io], server accepts [v4.channel.k8s.io",
  },
  {
    name: "WebSocket with a strange protocol",
    headers: { ...WEBSOCKET, ...KEY, "sec-websocket-protocol": "chat" },
    status: 403,
    says: "client supports [chat]",
  },
  { name: "WebSocket without a key", headers: WEBSOCKET, status: 400, says: "Sec-WebSocket-Key" },
];
for (const c of refusals) {
  test(`an upgrade is refused with a Status: ${c.name}`, async () => {
    upgrade = echo;
    const { status, body } = await refusal(c.headers);
    assert.equal(status, c.status);
    assert.ok(JSON.parse(body).message.includes(c.says), body);
  });
}

test("a handler that throws, or forgets to answer, is a 500; another protocol is a plain request", async () => {
  upgrade = () => Promise.reject(new Error("broken"));
  const thrown = await refusal(SPDY);
  assert.deepEqual([thrown.status, JSON.parse(thrown.body).message], [500, "Internal error occurred: broken"]);
  upgrade = () => Promise.resolve();
  assert.equal((await refusal(SPDY)).status, 500);
  assert.deepEqual(await refusal({ connection: "Upgrade", upgrade: "h2c" }), { status: 200, body: "plain" });
});

test("a handler that throws after it accepted breaks the connection off", async () => {
  upgrade = async (_request, upgraded) => {
    await upgraded.acceptExec(ALL);
    throw new Error("broken");
  };
  const websocket = new WebSocket(`wss://127.0.0.1:${listener.port}/exec`, ["v5.channel.k8s.io"], { ca: ca.cert });
  const [code] = await once(websocket, "close");
  assert.equal(code, 1006);
});
