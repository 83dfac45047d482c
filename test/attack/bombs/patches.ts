import {
  CONFIG_MAPS,
  PODS,
  TARGET,
  apply,
  configMap,
  jsonPatch,
  many,
  mergePatch,
  pod,
  put,
  strategicPatch,
  wide,
  type Bomb,
} from "../bomb.ts";

const MIB = 1024 * 1024;
const POD = `${PODS}/${TARGET.pod}`;
const CONFIG_MAP = `${CONFIG_MAPS}/${TARGET.configMap}`;

const copies = (count: number) => [
  { op: "add", path: "/data/a0", value: "x".repeat(1_000) },
  ...many(count, (at) => ({ op: "copy", from: "/data", path: `/data/a${at + 1}` })),
];

const JSON_PATCH_BOMBS: readonly Bomb[] = [
  { name: "a JSON patch that doubles 40 times", code: 422, make: () => jsonPatch(CONFIG_MAP, copies(40)) },
  {
    name: "10,001 operations",
    code: 413,
    make: () =>
      jsonPatch(
        CONFIG_MAP,
        many(10_001, () => ({ op: "test", path: "/kind", value: "x" })),
      ),
  },
  {
    name: "10,000 operations, the last of which fails",
    code: 422,
    make: () => {
      const fill = many(9_999, (at) => ({ op: "add", path: `/data/k${at}`, value: "" }));
      return jsonPatch(CONFIG_MAP, [...fill, { op: "remove", path: "/data/none" }]);
    },
  },
  {
    name: "10,000 insertions at the head of a list",
    code: 422,
    make: () =>
      jsonPatch(
        POD,
        many(10_000, () => ({ op: "add", path: "/spec/containers/0", value: { name: "a", image: "a" } })),
      ),
  },
  {
    name: "10,000 comparisons of everything",
    code: 422,
    make: () =>
      jsonPatch(POD, [
        ...many(9_999, () => ({ op: "copy", from: "/spec", path: "/status/x" })),
        { op: "remove", path: "/no" },
      ]),
  },
  {
    name: "a pointer a hundred thousand deep",
    code: 422,
    make: () => jsonPatch(POD, [{ op: "add", path: "/a".repeat(100_000), value: 1 }]),
  },
  {
    name: "a pointer of a million tildes",
    code: 422,
    make: () => jsonPatch(POD, [{ op: "add", path: `/${"~".repeat(MIB)}/a`, value: 1 }]),
  },
  {
    name: "the billionth element of a list",
    code: 422,
    make: () => jsonPatch(POD, [{ op: "add", path: "/spec/containers/1000000000", value: {} }]),
  },
  {
    name: "an element before the first",
    code: 422,
    make: () => jsonPatch(POD, [{ op: "add", path: "/spec/containers/-9", value: {} }]),
  },
  {
    name: "__proto__ in a pointer",
    code: 422,
    make: () => jsonPatch(POD, [{ op: "add", path: "/__proto__/polluted", value: true }]),
  },
  {
    name: "constructor in a pointer",
    code: 422,
    make: () => jsonPatch(POD, [{ op: "add", path: "/constructor/prototype/polluted", value: true }]),
  },
  {
    name: "a value moved into itself",
    code: 422,
    make: () => jsonPatch(POD, [{ op: "move", from: "/spec", path: "/spec/containers/0/spec" }]),
  },
  { name: "an operation nobody knows", code: 422, make: () => jsonPatch(POD, [{ op: "explode", path: "/" }]) },
  {
    name: "a patch that nests a thousand deep",
    code: 400,
    make: () => jsonPatch(POD, "[".repeat(1_001) + "]".repeat(1_001)),
  },
  {
    name: "everything replaced by a number",
    code: 422,
    make: () => jsonPatch(POD, [{ op: "replace", path: "", value: 1 }]),
  },
];

const deep = (name: string, levels: number) => `{"${name}":`.repeat(levels) + "1" + "}".repeat(levels);

const MERGE_BOMBS: readonly Bomb[] = [
  { name: "a merge patch 900 deep", code: 400, make: () => mergePatch(CONFIG_MAP, `{"data":{"a":${deep("a", 900)}}}`) },
  { name: "a merge patch 100,000 deep", code: 400, make: () => mergePatch(CONFIG_MAP, deep("a", 100_000)) },
  {
    name: "a merge patch of 40,000 annotations",
    code: 422,
    make: () => mergePatch(CONFIG_MAP, { metadata: { annotations: wide(40_000, "x".repeat(8)) } }),
  },
  { name: "a merge patch that is a list", code: 400, make: () => mergePatch(CONFIG_MAP, "[]") },
  {
    name: "a merge patch of __proto__",
    code: 422,
    make: () => mergePatch(CONFIG_MAP, '{"metadata":{"labels":{"__proto__":"-"}}}'),
  },
];

const STRATEGIC_BOMBS: readonly Bomb[] = [
  {
    name: "a directive nobody knows",
    code: 500, // As in Kubernetes.
    make: () => strategicPatch(POD, { spec: { containers: [{ name: "a", $patch: "explode" }] } }),
  },
  {
    name: "10,000 elements to merge by name",
    code: 422,
    make: () => strategicPatch(POD, { spec: { containers: many(10_000, (at) => ({ name: `a${at}` })) } }),
  },
  {
    name: "20,000 elements to delete by name",
    code: 422,
    make: () =>
      strategicPatch(POD, {
        spec: { containers: [...many(20_000, (at) => ({ name: `a${at}`, $patch: "delete" })), { name: "-" }] },
      }),
  },
  {
    name: "an order of 50,000 elements",
    code: 500, // As in Kubernetes.
    make: () =>
      strategicPatch(POD, {
        spec: {
          "$setElementOrder/containers": many(50_000, (at) => ({ name: `a${at}` })),
          containers: [{ name: "-" }],
        },
      }),
  },
  {
    name: "50,000 finalizers to delete",
    code: 422,
    make: () =>
      strategicPatch(POD, {
        metadata: { "$deleteFromPrimitiveList/finalizers": many(50_000, (at) => `a/${at}`), finalizers: ["-"] },
      }),
  },
  {
    name: "100,000 keys to retain",
    code: 422,
    make: () => strategicPatch(POD, { spec: { $retainKeys: many(100_000, (at) => `k${at}`) } }),
  },
  {
    name: "elements without the key they merge by",
    code: 500, // As in Kubernetes.
    make: () => strategicPatch(POD, { spec: { containers: many(10_000, () => ({ image: "a" })) } }),
  },
  { name: "a strategic patch 100,000 deep", code: 400, make: () => strategicPatch(POD, deep("spec", 100_000)) },
];

const fields = (levels: number) => JSON.parse(deep("f:a", levels).replace("1}", "{}}"));
const owner = (fieldsV1: object, manager = "m") => ({
  manager,
  operation: "Update",
  apiVersion: "v1",
  time: "2026-01-01T00:00:00Z",
  fieldsType: "FieldsV1",
  fieldsV1,
});
const owned = (managedFields: object[]) =>
  put(CONFIG_MAP, configMap({ metadata: { name: TARGET.configMap, managedFields }, data: { "not a key": "x" } }));

const APPLY_BOMBS: readonly Bomb[] = [
  { name: "managed fields 900 deep", code: 422, make: () => owned([owner(fields(900))]) },
  { name: "managed fields of 50,000 names", code: 422, make: () => owned([owner(wide(50_000, {}, "f:"))]) },
  { name: "20,000 managers", code: 422, make: () => owned(many(10_000, (at) => owner({ "f:data": {} }, `m${at}`))) },
  { name: "managed fields that are none", code: 422, make: () => owned([owner({ "x:data": 1, ".": [], "k:{": {} })]) },
  {
    name: "an applied configuration with managed fields",
    code: 400,
    make: () => apply(CONFIG_MAP, configMap({ metadata: { name: TARGET.configMap, managedFields: [owner({})] } })),
  },
  {
    name: "10,000 applied containers of one name",
    code: 500,
    make: () => apply(`${PODS}/bomb`, pod({ containers: many(10_000, () => ({ name: "a", image: "a" })) })),
  },
  {
    name: "10,000 applied containers, each refused",
    code: 422,
    make: () => apply(`${PODS}/bomb`, pod({ containers: many(10_000, (at) => ({ name: `-${at}` })) })),
  },
  {
    name: "30,000 applied keys, none of them allowed",
    code: 422,
    make: () => apply(`${CONFIG_MAPS}/bomb`, configMap({ data: wide(30_000, "x", "/") })),
  },
  {
    name: "100,000 applied keys",
    code: 400,
    message: /the body has more than 100000 values/,
    make: () => apply(`${CONFIG_MAPS}/bomb`, configMap({ data: wide(100_000, "x") })),
  },
  {
    name: "an applied billion laughs",
    code: 400,
    make: () =>
      apply(
        CONFIG_MAP,
        `a0: &a0 [x]\n${many(12, (at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(10)}]`).join("\n")}\n`,
      ),
  },
  {
    name: "a configuration applied by nobody",
    code: 422,
    make: () => ({ ...apply(CONFIG_MAP, configMap({})), target: CONFIG_MAP }),
  },
];

export const PATCH_BOMBS: readonly Bomb[] = [...JSON_PATCH_BOMBS, ...MERGE_BOMBS, ...STRATEGIC_BOMBS, ...APPLY_BOMBS];
