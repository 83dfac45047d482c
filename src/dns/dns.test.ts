import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { encode, type DecodedPacket, type Packet } from "dns-packet";
import { realClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { Namespace } from "#api/core/namespace.ts";
import { Service } from "#api/core/service.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import { FakeApi } from "#client/fake_api.ts";
import { InformerFactory } from "#client/informer.ts";
import { dialTcp, listenTcp } from "#sys/tcp.ts";
import { askUdp, bindUdp, type UdpPeer } from "#sys/udp.ts";
import { startDns, type Dns } from "./dns.ts";
import { readPacket } from "./packet.ts";
import { framed, frames } from "./tcp_frames.ts";
import { testObjects, ZONE } from "./testing.ts";

const HOST = "127.0.0.1";
const random = seededRandom(1);
const common = { clock: realClock, random, log: silentLog };
const api = new FakeApi({ clock: realClock, random });
const informers = new InformerFactory({ client: api, ...common });
const closing: { close(): Promise<void> }[] = [];
let dns: Dns;
let at: UdpPeer;

function read(bytes: Uint8Array): DecodedPacket {
  return readPacket(bytes) ?? assert.fail("must be a packet");
}

/** A resolver that answers every name with one address, over UDP only with TC for names that begin with "long". */
async function resolver(address: string): Promise<UdpPeer> {
  const reply = (bytes: Uint8Array, transport: "udp" | "tcp") => {
    const asked = read(bytes);
    const name = asked.questions[0]?.name ?? "";
    const cut = transport === "udp" && name.startsWith("long");
    const answers = cut ? [] : [{ type: "A" as const, name, ttl: 60, data: address }];
    return encode({ ...asked, type: "response", flags: 0x180 | (cut ? 0x200 : 0), answers });
  };
  const udp = await bindUdp({ address: HOST, port: 0 }, (bytes, from) => udp.send(reply(bytes, "udp"), from));
  const limits = { connectionsMax: 10, idleMs: 5_000 };
  const tcp = await listenTcp({ address: HOST, port: udp.port }, limits, async (stream) => {
    for await (const bytes of frames(stream.incoming)) await stream.write(framed(reply(bytes, "tcp")));
    stream.end();
  });
  closing.push(udp, tcp);
  return { address: HOST, port: udp.port };
}

function query(name: string, type = "A", more: Partial<Packet> = {}): Uint8Array {
  const sections = { answers: [], authorities: [], additionals: [] };
  return encode({ type: "query", id: 77, flags: 0x100, questions: [{ name, type }], ...sections, ...more });
}

async function overUdp(message: Uint8Array): Promise<DecodedPacket> {
  const reply = await askUdp(at, message, () => true, AbortSignal.timeout(5_000));
  assert.ok(reply, "the server must reply");
  return read(reply);
}

async function overTcp(message: Uint8Array): Promise<DecodedPacket> {
  const stream = await dialTcp(at.address, at.port, 5_000);
  await stream.write(framed(message));
  for await (const reply of frames(stream.incoming)) {
    stream.destroy();
    return read(reply);
  }
  throw new Error("the server ended the connection without a reply");
}

before(async () => {
  const { namespace, services, slices } = testObjects();
  await api.create(Namespace, namespace);
  for (const service of services) await api.create(Service, service);
  for (const slice of slices) await api.create(EndpointSlice, slice);
  // A port on which nobody replies comes first: the next server is asked.
  const silent = await bindUdp({ address: HOST, port: 0 }, () => {});
  await silent.close();
  const upstreams = [{ address: HOST, port: silent.port }, await resolver("192.0.2.1")];
  dns = await startDns({ ...ZONE, ...common, informers, listen: [{ address: HOST, port: 0 }], upstreams });
  at = dns.listening[0] ?? assert.fail("it listens");
});

after(async () => {
  await dns.stop();
  await informers.stop();
  await Promise.all(closing.map((each) => each.close()));
});

test("a name of the zone is answered with authority, over UDP and TCP alike", async () => {
  for (const ask of [overUdp, overTcp]) {
    const reply = await ask(query("web.default.svc.cluster.local"));
    assert.equal(reply.id, 77);
    assert.equal(reply.rcode, "NOERROR");
    assert.equal(reply.flags & 0x0580, 0x0580, "AA, RD and RA");
    assert.deepEqual(
      reply.answers.map((each) => [each.type, each.ttl, each.type === "A" && each.data]),
      [["A", 5, "10.96.0.7"]],
    );
  }
});

test("an unknown name of the zone is NXDOMAIN and names who says so", async () => {
  const reply = await overUdp(query("nothing.default.svc.cluster.local"));
  assert.equal(reply.rcode, "NXDOMAIN");
  assert.deepEqual(
    reply.authorities.map(({ type, name }) => [type, name]),
    [["SOA", "cluster.local"]],
  );
});

test("a Service is known as soon as the cluster has it, and no longer", async () => {
  const [web] = testObjects().services;
  assert.ok(web);
  const seen = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const isFresh = (service: Service) => service.metadata.name === "fresh";
  const unsubscribe = informers.informer(Service).subscribe({
    add: (service) => isFresh(service) && seen.resolve(),
    delete: (service) => isFresh(service) && gone.resolve(),
  });
  const fresh = await api.create(Service, { ...web, metadata: { name: "fresh", namespace: "default" } });
  await seen.promise;
  assert.equal((await overUdp(query("fresh.default.svc.cluster.local"))).answers.length, 1);
  await api.delete(Service, fresh.metadata);
  await gone.promise;
  assert.equal((await overUdp(query("fresh.default.svc.cluster.local"))).rcode, "NXDOMAIN");
  unsubscribe();
});

test("a reply too long for UDP is cut with TC; TCP and EDNS carry more", async () => {
  const cut = await overUdp(query("big.default.svc.cluster.local"));
  assert.deepEqual([cut.flag_tc, cut.answers.length], [true, 0]);
  const whole = await overTcp(query("big.default.svc.cluster.local"));
  assert.deepEqual([whole.flag_tc, whole.answers.length], [false, 100]);
  const opt = { type: "OPT", name: ".", udpPayloadSize: 4096, flags: 0, options: [] } as const;
  const edns = await overUdp(query("db.default.svc.cluster.local", "A", { additionals: [opt] }));
  assert.deepEqual(
    edns.additionals.map(({ type }) => type),
    ["OPT"],
  );
});

test("a name outside the zone is asked of the next resolver when the first is silent", async () => {
  const reply = await overUdp(query("example.org"));
  assert.equal(reply.id, 77);
  assert.deepEqual(
    reply.answers.map((each) => each.type === "A" && each.data),
    ["192.0.2.1"],
  );
});

test("a reply the resolver cut is fetched over TCP", async () => {
  const reply = await overUdp(query("long.example.org"));
  assert.deepEqual([reply.flag_tc, reply.answers.length], [false, 1]);
});

test("an alias brings along what it stands for", async () => {
  const reply = await overUdp(query("out.default.svc.cluster.local"));
  assert.deepEqual(
    reply.answers.map((each) => [each.type, each.type !== "SRV" && each.type !== "SOA" && each.data]),
    [
      ["CNAME", "example.org"],
      ["A", "192.0.2.1"],
    ],
  );
});

test("packets that are no question are dropped, and the server goes on", async () => {
  const bad = [
    new Uint8Array(),
    Uint8Array.of(1, 2, 3),
    new Uint8Array(11),
    new Uint8Array(600).fill(0xc0),
    query("web.default.svc.cluster.local").subarray(0, 20),
    query("web.default.svc.cluster.local", "A", { type: "response" }),
  ];
  const socket = await bindUdp({ address: HOST, port: 0 }, () => assert.fail("must not be answered"));
  for (const packet of bad) socket.send(packet, at);
  assert.equal((await overUdp(query("web.default.svc.cluster.local"))).rcode, "NOERROR");
  await socket.close();
});

test("what is not supported is refused by name", async () => {
  const update = await overUdp(query("web.default.svc.cluster.local", "A", { flags: 5 << 11 }));
  assert.equal(update.rcode, "NOTIMP");
  const none = await overUdp(query("", "A", { questions: [] }));
  assert.equal(none.rcode, "FORMERR");
  const chaos = await overUdp(query("", "A", { questions: [{ name: "version.bind", type: "TXT", class: "CH" }] }));
  assert.equal(chaos.rcode, "REFUSED");
});

test("without a resolver but itself it says SERVFAIL, and does not ask itself", async () => {
  const free = await bindUdp({ address: HOST, port: 0 }, () => {});
  await free.close();
  const own = { address: HOST, port: free.port };
  const alone = await startDns({ ...ZONE, ...common, informers, listen: [own], upstreams: [own] });
  const reply = await askUdp(own, query("example.org"), () => true, AbortSignal.timeout(1_500));
  assert.equal(reply && read(reply).rcode, "SERVFAIL");
  await alone.stop();
});
