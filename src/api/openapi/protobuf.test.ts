import assert from "node:assert/strict";
import { test } from "node:test";
import { swaggerToProtobuf } from "./protobuf.ts";

type Parsed = { [field: number]: (string | Parsed)[] };

/** Reads a message of which `shape` says which fields are messages; all others are taken as text, numbers as decimals. */
interface Shape {
  readonly [field: number]: Shape;
}

function parse(bytes: Uint8Array, shape: Shape): Parsed {
  const out: Parsed = {};
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = tag >> 3;
    const into = (out[field] ??= []);
    if ((tag & 7) === 0) into.push(String(varint()));
    else if ((tag & 7) === 1) {
      into.push(String(new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0, true)));
      at += 8;
    } else {
      const size = varint();
      const part = bytes.slice(at, (at += size));
      const below = shape[field];
      into.push(below ? parse(part, below) : new TextDecoder().decode(part));
    }
  }
  return out;
}

const ANY: Shape = {};
const NAMED_ANY: Shape = { 2: ANY };
const PROPERTY: Shape = { 5: ANY, 20: ANY, 22: {}, 23: { 1: { 22: {} } }, 31: NAMED_ANY };
const SCHEMA: Shape = { 22: {}, 25: { 1: { 2: PROPERTY } }, 31: NAMED_ANY };

test("swaggerToProtobuf() writes types with the field numbers of gnostic's OpenAPIv2.proto", () => {
  const long = "x".repeat(300);
  const bytes = swaggerToProtobuf({
    swagger: "2.0",
    info: { title: "T", version: "V" },
    definitions: {
      "a.B": {
        description: long,
        type: "object",
        required: ["c"],
        properties: {
          c: { type: "array", items: { type: "string" }, "x-kubernetes-list-map-keys": ["k"], minimum: 1.5 },
          d: { $ref: "#/definitions/a.B", default: 3, enum: ["e"] },
        },
        "x-kubernetes-map-type": "atomic",
      },
    },
  });
  const shape = { 2: {}, 8: {}, 9: { 1: { 2: SCHEMA } } };
  assert.deepEqual(parse(bytes, shape), {
    1: ["2.0"],
    2: [{ 1: ["T"], 2: ["V"] }],
    8: [{}],
    9: [
      {
        1: [
          {
            1: ["a.B"],
            2: [
              {
                4: [long],
                19: ["c"],
                22: [{ 1: ["object"] }],
                25: [
                  {
                    1: [
                      {
                        1: ["c"],
                        2: [
                          {
                            9: ["1.5"],
                            22: [{ 1: ["array"] }],
                            23: [{ 1: [{ 22: [{ 1: ["string"] }] }] }],
                            31: [{ 1: ["x-kubernetes-list-map-keys"], 2: [{ 2: ['["k"]\n'] }] }],
                          },
                        ],
                      },
                      { 1: ["d"], 2: [{ 1: ["#/definitions/a.B"], 5: [{ 2: ["3\n"] }], 20: [{ 2: ['"e"\n'] }] }] },
                    ],
                  },
                ],
                31: [{ 1: ["x-kubernetes-map-type"], 2: [{ 2: ['"atomic"\n'] }] }],
              },
            ],
          },
        ],
      },
    ],
  });
});

test("swaggerToProtobuf() writes operations with their parameters and the kind they are about", () => {
  const parameters = [
    { name: "body", in: "body", required: true, schema: { type: "object" } },
    { name: "dryRun", in: "query", type: "string", description: "D" },
    { name: "name", in: "path", type: "string", required: true },
  ];
  const patch = { operationId: "patchIt", tags: ["t"], parameters, "x-kubernetes-action": "patch" };
  const bytes = swaggerToProtobuf({ paths: { "/a/{name}": { patch } } });
  const parameter: Shape = { 1: { 5: { 22: {} } }, 2: { 3: {}, 4: {} } };
  const operation: Shape = { 8: { 1: parameter }, 9: {}, 13: NAMED_ANY };
  const parsed = parse(bytes, { 2: {}, 8: { 2: { 2: { 8: operation } } }, 9: {} });
  assert.deepEqual(parsed[8], [
    {
      2: [
        {
          1: ["/a/{name}"],
          2: [
            {
              8: [
                {
                  1: ["t"],
                  5: ["patchIt"],
                  8: [
                    { 1: [{ 1: [{ 2: ["body"], 3: ["body"], 4: ["1"], 5: [{ 22: [{ 1: ["object"] }] }] }] }] },
                    { 1: [{ 2: [{ 3: [{ 2: ["query"], 3: ["D"], 4: ["dryRun"], 6: ["string"] }] }] }] },
                    { 1: [{ 2: [{ 4: [{ 1: ["1"], 2: ["path"], 4: ["name"], 5: ["string"] }] }] }] },
                  ],
                  9: [{}],
                  13: [{ 1: ["x-kubernetes-action"], 2: [{ 2: ['"patch"\n'] }] }],
                },
              ],
            },
          ],
        },
      ],
    },
  ]);
});
