import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { type Deflate, constants, createDeflate, createInflate } from "node:zlib";
import { HeaderReader, HeaderWriter, SPDY_DICTIONARY } from "./spdy_headers.ts";

function block(headers: Readonly<Record<string, string>>): Buffer {
  const uint32 = (value: number) => Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
  const text = (value: string) => [uint32(Buffer.byteLength(value)), Buffer.from(value)];
  return Buffer.concat([uint32(Object.keys(headers).length), ...Object.entries(headers).flat().flatMap(text)]);
}

/** One block of a client's lasting compressor. */
async function deflated(deflate: Deflate, bytes: Buffer): Promise<Buffer> {
  deflate.write(bytes);
  await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
  return (deflate.read() as Buffer | null) ?? Buffer.alloc(0);
}

test("the dictionary is SPDY/3's, by length and zlib's own identifier", async () => {
  assert.equal(SPDY_DICTIONARY.length, 1423);
  const start = await deflated(createDeflate({ dictionary: SPDY_DICTIONARY }), Buffer.from("x"));
  assert.equal(start.subarray(2, 6).toString("hex"), "e3c6a7c2");
});

for (const dictionary of [SPDY_DICTIONARY, undefined]) {
  test(`reads blocks that refer back, from a client ${dictionary ? "with" : "without"} the dictionary`, async () => {
    const deflate = createDeflate(dictionary ? { dictionary } : {});
    const reader = new HeaderReader();
    for (let i = 0; i < 300; i++) {
      const headers = {
        streamtype: i % 2 === 0 ? "error" : "data",
        port: "8080",
        requestid: String(i),
        filler: `${i}`.repeat(80),
      };
      assert.deepEqual(Object.fromEntries(reader.read(await deflated(deflate, block(headers)))), headers);
    }
  });
}

test("names are read in lower case, and an empty block is no headers", async () => {
  const deflate = createDeflate({ dictionary: SPDY_DICTIONARY });
  const reader = new HeaderReader();
  assert.equal(reader.read(await deflated(deflate, block({ StreamType: "stdin" }))).get("streamtype"), "stdin");
  assert.equal(reader.read(await deflated(deflate, block({}))).size, 0);
});

test("refuses a block that inflates beyond its bound, garbage, and lengths that lie", async () => {
  const bomb = await deflated(createDeflate(), block({ a: "x".repeat(1_000_000) }));
  assert.ok(bomb.length < 5_000);
  assert.throws(() => new HeaderReader().read(bomb));
  assert.throws(() => new HeaderReader().read(Buffer.from("7801ffffffffff", "hex")));
  assert.throws(() => new HeaderReader().read(Buffer.alloc(0)));
  const lying = await deflated(createDeflate(), Buffer.from("00000001000000ff61", "hex"));
  assert.throws(() => new HeaderReader().read(lying), RangeError);
});

test("what is written can be read at once, block by block, by zlib", async () => {
  const writer = new HeaderWriter();
  const inflate = createInflate({ dictionary: SPDY_DICTIONARY });
  for (const headers of [{}, { streamtype: "stdin" }, {}]) {
    inflate.write(writer.write(new Map(Object.entries(headers))));
    const [bytes] = await once(inflate, "data");
    assert.deepEqual(bytes, block(headers));
  }
});
