import { gzipSync } from "node:zlib";
import { CONFIG_MAPS, PODS, SECRETS, configMap, many, pod, post, wide, type Bomb } from "../bomb.ts";

const MIB = 1024 * 1024;
const BODY_MAX = 3 * MIB;
const YAML = "application/yaml";
const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** `{"metadata":{"name":"bomb"},"data":` and so on, for what JSON.stringify would not write. */
const configMapText = (rest: string) => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"bomb"}${rest}}`;

const JSON_BOMBS: readonly Bomb[] = [
  { name: "1.5 million open brackets", code: 400, make: () => post(PODS, "[".repeat(1.5 * MIB)) },
  { name: "objects 400,000 deep", code: 400, make: () => post(PODS, '{"a":'.repeat(400_000)) },
  {
    name: "a well-formed array a million deep",
    code: 400,
    make: () => post(PODS, "[".repeat(MIB) + "]".repeat(MIB)),
  },
  {
    name: "an annotation that nests 2,000 deep",
    code: 400,
    make: () => post(PODS, configMapText(`,"x":${"[".repeat(2_000)}${"]".repeat(2_000)}`)),
  },
  {
    name: "100,000 unknown fields",
    code: 400,
    message: /the body has more than 100000 values/,
    make: () => post(CONFIG_MAPS, configMap(wide(100_000, 1))),
  },
  { name: "a million elements of nothing", code: 400, make: () => post(PODS, `[${"0,".repeat(MIB)}0]`) },
  {
    name: "a field that takes a text and gets 500,000 empty objects",
    code: 400,
    make: () => post(CONFIG_MAPS, configMapText(`,"data":{"a":[${"{},".repeat(500_000)}{}]}`)),
  },
  {
    name: "50,000 unknown fields, asked for strictly",
    code: 400,
    make: () => post(`${CONFIG_MAPS}?fieldValidation=Strict`, configMap(wide(50_000, 1))),
  },
  {
    name: "one name 90,000 times, asked for strictly",
    code: 400,
    make: () => post(`${CONFIG_MAPS}?fieldValidation=Strict`, configMapText(',"data":{"a":"b"}'.repeat(45_000))),
  },
  {
    name: "40,000 keys of a ConfigMap, beyond its mebibyte",
    code: 422,
    make: () => post(CONFIG_MAPS, configMap({ data: wide(40_000, "x".repeat(27)) })),
  },
  {
    name: "20,000 texts of a Secret",
    code: 422,
    make: () => post(SECRETS, { metadata: { name: "bomb" }, stringData: wide(20_000, "x", "/") }),
  },
  {
    name: "40,000 labels that are no labels",
    code: 422,
    make: () => post(PODS, pod({}, { labels: wide(40_000, "-", "-") })),
  },
  {
    name: "40,000 annotations",
    code: 422,
    make: () => post(PODS, pod({}, { annotations: wide(40_000, "x".repeat(8)) })),
  },
  {
    name: "an annotation of 2 MiB",
    code: 422,
    make: () => post(PODS, pod({}, { annotations: { a: "x".repeat(2 * MIB) } })),
  },
  { name: "a label of a mebibyte", code: 422, make: () => post(PODS, pod({}, { labels: { a: "x".repeat(MIB) } })) },
  { name: "a name of a mebibyte", code: 422, make: () => post(PODS, pod({}, { name: "a".repeat(MIB) })) },
  { name: "a name of 2 MiB of dots", code: 422, make: () => post(PODS, pod({}, { name: "a.".repeat(MIB) })) },
  {
    name: "60,000 containers without a name",
    code: 422,
    make: () => post(PODS, pod({ containers: many(60_000, () => ({})) })),
  },
  {
    name: "20,000 containers of the same name",
    code: 422,
    make: () => post(PODS, pod({ containers: many(20_000, () => ({ name: "a", image: "a" })) })),
  },
  {
    name: "20,000 environment variables that are none",
    code: 422,
    make: () => post(PODS, pod({ containers: [{ name: "a", image: "a", env: many(20_000, () => ({ name: "=" })) }] })),
  },
  {
    name: "15,000 constraints on spreading, the last a bad one",
    code: 422,
    make: () => {
      const spread = (topologyKey: string) => ({ maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule" });
      return post(PODS, pod({ topologySpreadConstraints: [...many(15_000, (at) => spread(`k${at}`)), spread("")] }));
    },
  },
  {
    name: "50,000 finalizers without a domain",
    code: 422,
    make: () => post(PODS, pod({}, { finalizers: many(50_000, (at) => `-${at}`) })),
  },
  {
    name: "20,000 owners without a name",
    code: 422,
    make: () => post(PODS, pod({}, { ownerReferences: many(20_000, () => ({ apiVersion: "v1", kind: "Pod" })) })),
  },
  {
    name: "numbers of a hundred thousand digits",
    code: 400,
    make: () => post(PODS, `{"metadata":{"name":"bomb","generation":${"9".repeat(100_000)}}}`),
  },
  { name: "an exponent beyond all numbers", code: 400, make: () => post(PODS, '{"spec":{"priority":1e999999999}}') },
  { name: "a fraction where an integer belongs", code: 400, make: () => post(PODS, '{"spec":{"priority":1.5}}') },
  { name: "an integer beyond 32 bits", code: 400, make: () => post(PODS, '{"spec":{"priority":2147483648}}') },
  {
    name: "a quantity of a hundred thousand digits",
    code: 400,
    make: () =>
      post(PODS, pod({ containers: [{ name: "a", resources: { limits: { cpu: "9".repeat(100_000) + "x" } } }] })),
  },
  {
    name: "a quantity whose exponent is a billion",
    code: 400,
    make: () => post(PODS, pod({ containers: [{ name: "a", resources: { limits: { cpu: "1e1000000000x" } } }] })),
  },
  { name: "bytes that are no UTF-8", code: 400, make: () => post(PODS, new Uint8Array(MIB).fill(0xff)) },
  {
    name: "half a character at the end",
    code: 400,
    make: () => post(PODS, Buffer.from('{"metadata":{"name":"\xe2\x82', "latin1")),
  },
  { name: "two documents one after the other", code: 400, make: () => post(PODS, "{}{}") },
  { name: "nothing but space", code: 400, make: () => post(PODS, " ".repeat(BODY_MAX)) },
  { name: "an escape that ends too soon", code: 400, make: () => post(PODS, '{"a":"\\u12') },
  { name: "a text of a million backslashes", code: 400, make: () => post(PODS, `{"a":"${"\\".repeat(MIB)}`) },
  { name: "a text of a million escaped quotes", code: 400, make: () => post(PODS, `{"a":"${'\\"'.repeat(MIB)}`) },
  {
    name: "__proto__ as the whole metadata",
    code: 422,
    make: () => post(CONFIG_MAPS, configMapText(',"__proto__":{"name":"x"},"metadata":{}')),
  },
  {
    name: "__proto__ as a label",
    code: 422,
    make: () => post(CONFIG_MAPS, '{"metadata":{"name":"bomb","labels":{"__proto__":"x"}}}'),
  },
  {
    name: "constructor as an unknown field",
    code: 400,
    make: () =>
      post(`${CONFIG_MAPS}?fieldValidation=Strict`, configMapText(',"constructor":{"prototype":{"polluted":true}}')),
  },
];

const YAML_BOMBS: readonly Bomb[] = [
  {
    name: "a billion laughs in YAML",
    code: 400,
    make: () => {
      const line = (at: number) => `a${at}: &a${at} [${`*a${at - 1},`.repeat(9)}*a${at - 1}]`;
      return post(CONFIG_MAPS, `a0: &a0 [x]\n${many(12, (at) => line(at + 1)).join("\n")}\n`, YAML);
    },
  },
  { name: "a YAML value that holds itself", code: 400, make: () => post(CONFIG_MAPS, "data: &a\n  b: *a\n", YAML) },
  { name: "a YAML alias of nothing", code: 400, make: () => post(CONFIG_MAPS, "data: *a\n", YAML) },
  {
    name: "2,000 YAML aliases",
    code: 400,
    make: () => post(CONFIG_MAPS, `a: &a [x]\nb: [${"*a,".repeat(2_000)}]\n`, YAML),
  },
  {
    name: "YAML merge keys upon merge keys",
    code: 400,
    make: () => {
      const level = (at: number) => `m${at}: &m${at}\n  <<: [${`*m${at - 1},`.repeat(20)}]\n  k${at}: x`;
      return post(CONFIG_MAPS, `m0: &m0 {a: b}\n${many(60, (at) => level(at + 1)).join("\n")}\n`, YAML);
    },
  },
  { name: "a million open brackets in YAML", code: 400, make: () => post(CONFIG_MAPS, "[".repeat(MIB), YAML) },
  {
    name: "YAML sequences 100,000 deep in one line",
    code: 400,
    make: () => post(CONFIG_MAPS, "- ".repeat(100_000), YAML),
  },
  { name: "a million YAML question marks", code: 400, make: () => post(CONFIG_MAPS, "? ".repeat(100_000), YAML) },
  { name: "a YAML function", code: 400, make: () => post(CONFIG_MAPS, 'data: !!js/function "function(){}"\n', YAML) },
  {
    name: "100,000 YAML anchors",
    code: 400,
    make: () => post(CONFIG_MAPS, `[${many(100_000, (at) => `&a${at} x`).join(",")}]`, YAML),
  },
  {
    name: "a YAML text without an end",
    code: 400,
    make: () => post(CONFIG_MAPS, `data: "${"x".repeat(2 * MIB)}`, YAML),
  },
  {
    name: "YAML indented by a mebibyte",
    code: 400,
    make: () => post(CONFIG_MAPS, `a:\n${" ".repeat(MIB)}- b\n c`, YAML),
  },
  {
    name: "300,000 lines of YAML that mean nothing",
    code: 400,
    make: () => post(CONFIG_MAPS, "- a\n".repeat(300_000), YAML),
  },
  { name: "100,000 YAML documents", code: 400, make: () => post(CONFIG_MAPS, "---\n- a\n".repeat(100_000), YAML) },
  { name: "a tab where YAML indents", code: 400, make: () => post(CONFIG_MAPS, "data:\n\ta: b\n", YAML) },
];

/** Protobuf's own length of so many bytes, in front of them. */
function delimited(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of((field << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return Uint8Array.of(...bytes, left);
}

const text = (value: string) => new TextEncoder().encode(value);
const envelope = (raw: Uint8Array, kind = "Pod") => {
  const type = Buffer.concat([delimited(1, text("v1")), delimited(2, text(kind))]);
  return Buffer.concat([text("k8s\0"), delimited(1, type), delimited(2, raw)]);
};
const protobuf = (body: Uint8Array) => post(PODS, body, PROTOBUF);

const PROTOBUF_BOMBS: readonly Bomb[] = [
  { name: "protobuf without its magic number", code: 400, make: () => protobuf(text("nothing of the kind")) },
  {
    name: "protobuf that claims 4 GiB",
    code: 400,
    make: () => protobuf(Buffer.from("k8s\0\x0a\xff\xff\xff\xff\x0f", "latin1")),
  },
  {
    name: "a protobuf number without an end",
    code: 400,
    make: () => protobuf(Buffer.concat([text("k8s\0"), new Uint8Array(MIB).fill(0xff)])),
  },
  {
    name: "protobuf groups 100,000 deep",
    code: 400,
    make: () => protobuf(envelope(new Uint8Array(100_000).fill(0x0b))),
  },
  {
    name: "protobuf cut off in the middle",
    code: 400,
    make: () => protobuf(envelope(delimited(1, text("\x0a\xff"))).subarray(0, -2)),
  },
  {
    name: "500,000 empty containers in protobuf",
    code: 400,
    make: () => protobuf(envelope(delimited(2, Buffer.concat(many(500_000, () => Uint8Array.of(0x12, 0)))))),
  },
  {
    name: "protobuf labels that are no UTF-8",
    code: 400,
    make: () =>
      protobuf(
        envelope(
          delimited(
            1,
            Buffer.concat([
              delimited(1, text("bomb")),
              delimited(11, Buffer.concat([delimited(1, Uint8Array.of(0xff)), delimited(2, Uint8Array.of(0xfe))])),
            ]),
          ),
        ),
      ),
  },
];

const SIZE_BOMBS: readonly Bomb[] = [
  {
    name: "a body one byte too long",
    code: 413,
    make: () => post(CONFIG_MAPS, new Uint8Array(BODY_MAX + 1).fill(0x20)),
  },
  { name: "a body of 32 MiB", code: 413, make: () => post(CONFIG_MAPS, new Uint8Array(32 * MIB).fill(0x20)) },
  { name: "a gzip bomb that would be 500 MiB", code: 400, make: () => gzipped(500) },
  { name: "a body of an unknown type", code: 415, make: () => post(CONFIG_MAPS, "<xml/>", "application/xml") },
  { name: "a type of 8 KiB", code: 415, make: () => post(CONFIG_MAPS, "{}", `application/${"x".repeat(8_192)}`) },
];

function gzipped(mib: number) {
  const block = gzipSync(new Uint8Array(MIB).fill(0x20));
  const bomb = post(CONFIG_MAPS, Buffer.concat(many(mib, () => block)));
  return { ...bomb, headers: { "content-type": "application/json", "content-encoding": "gzip" } };
}

export const BODY_BOMBS: readonly Bomb[] = [...JSON_BOMBS, ...YAML_BOMBS, ...PROTOBUF_BOMBS, ...SIZE_BOMBS];
