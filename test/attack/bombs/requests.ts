import { CONFIG_MAPS, PODS, get, many, post, type Bomb } from "../bomb.ts";

const token = (value: unknown) =>
  `${PODS}?limit=1&continue=${Buffer.from(JSON.stringify(value) ?? "").toString("base64url")}`;
const labels = (selector: string) => get(`${PODS}?labelSelector=${encodeURIComponent(selector)}`);
const fields = (selector: string) => get(`${PODS}?fieldSelector=${encodeURIComponent(selector)}`);
const raw = (head: string, rest = "") => ({ raw: `${head}\r\nhost: a\r\n${rest}\r\n` });

const QUERY_BOMBS: readonly Bomb[] = [
  { name: "a selector of 5,000 empty places", code: 400, make: () => labels(`a in (${",".repeat(5_000)}`) },
  { name: "a selector of 5,000 parentheses", code: 400, make: () => labels(`a in ${"(".repeat(5_000)}`) },
  { name: "a selector of 10,000 exclamation marks", code: 400, make: () => labels("!".repeat(10_000)) },
  { name: "a selector of 5,000 terms, the last a bad one", code: 400, make: () => labels(`${"a=b,".repeat(5_000)}=`) },
  {
    name: "a selector that invites a regular expression to try all",
    code: 400,
    make: () => labels(`${"a".repeat(15_000)}!`),
  },
  { name: "a label of 15,000 dots", code: 400, make: () => labels(`${"a.".repeat(7_500)}/b=c`) },
  { name: "a field selector of 3,000 terms on no field", code: 400, make: () => fields("a=b,".repeat(3_000)) },
  {
    name: "a field selector of 10,000 backslashes",
    code: 400,
    make: () => fields(`metadata.name=${"\\".repeat(9_999)}`),
  },
  { name: "a field named __proto__", code: 400, make: () => fields("__proto__=x") },
  { name: "a field named constructor", code: 400, make: () => fields("constructor=x") },
  { name: "a continue token of garbage", code: 400, make: () => get(`${PODS}?limit=1&continue=%00%ff!`) },
  {
    name: "a continue token that is a list 10,000 deep",
    code: 400,
    make: () => get(`${PODS}?limit=1&continue=${btoa("[".repeat(10_000))}`),
  },
  {
    name: "a continue token that climbs",
    code: 400,
    make: () => get(token({ v: "meta.k8s.io/v1", rv: 1, start: "../../secrets/kube-system/x" })),
  },
  {
    name: "a continue token of the future version",
    code: 400,
    make: () => get(token({ v: "meta.k8s.io/v9", rv: 1, start: "a" })),
  },
  {
    name: "a continue token at revision 10^400",
    code: 400,
    make: () => get(`${PODS}?limit=1&continue=${btoa('{"v":"meta.k8s.io/v1","rv":1e400,"start":"a"}')}`),
  },
  {
    name: "a continue token before all revisions",
    code: 400,
    make: () => get(token({ v: "meta.k8s.io/v1", rv: -7, start: "a" })),
  },
  { name: "a limit beyond all integers", code: 400, make: () => get(`${PODS}?limit=${"9".repeat(30)}`) },
  { name: "a limit that is a word", code: 400, make: () => get(`${PODS}?limit=all`) },
  { name: "a resource version that is a word", code: 400, make: () => get(`${PODS}?resourceVersion=newest`) },
  {
    name: "a resource version beyond 64 bits",
    code: 400,
    make: () => get(`${PODS}?resourceVersion=99999999999999999999`),
  },
  { name: "a negative resource version", code: 400, make: () => get(`${PODS}?watch=1&resourceVersion=-1`) },
  {
    name: "a match nobody knows",
    code: 422,
    make: () => get(`${PODS}?resourceVersion=1&resourceVersionMatch=Perhaps`),
  },
  { name: "a watch that ends at a word", code: 400, make: () => get(`${PODS}?watch=1&timeoutSeconds=soon`) },
  {
    name: "a watch that begins with objects but has no bound",
    code: 422,
    make: () => get(`${PODS}?watch=1&sendInitialEvents=true`),
  },
  {
    name: "a watch with a match but no beginning",
    code: 422,
    make: () => get(`${PODS}?watch=1&resourceVersionMatch=Exact`),
  },
  {
    name: "a dry run of another kind",
    code: 422,
    make: () => post(`${CONFIG_MAPS}?dryRun=Some`, { metadata: { name: "bomb" } }),
  },
  {
    name: "3,000 dry runs",
    code: 422,
    make: () => post(`${CONFIG_MAPS}?${"dryRun=x&".repeat(3_000)}`, { metadata: { name: "bomb" } }),
  },
  {
    name: "5,000 parameters nobody knows",
    code: 400,
    make: () => get(`${PODS}?${many(3_000, (at) => `p${at}`).join("&")}&limit=x`),
  },
  {
    name: "a table of nothing known",
    code: 422,
    make: () => get(`${PODS}?includeObject=Everything`, { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" }),
  },
  {
    name: "an Accept header of 1,000 clauses, none of ours",
    code: 406,
    make: () => get(PODS, { accept: many(1_000, (at) => `a/b${at};q=0.${at}`).join(",") }),
  },
];

const PATH_BOMBS: readonly Bomb[] = [
  { name: "a path that climbs", code: 404, make: () => get("/api/v1/namespaces/default/pods/../../../../etc/passwd") },
  { name: "a path that climbs, encoded", code: 404, make: () => get("/api/v1/namespaces/%2e%2e%2f%2e%2e/pods/x") },
  { name: "a name with a slash in it", code: 404, make: () => get(`${PODS}/a%2F..%2F..%2Fsecrets`) },
  { name: "a name with a zero byte", code: 404, make: () => get(`${PODS}/a%00b`) },
  { name: "a name of 10,000 characters", code: 404, make: () => get(`${PODS}/${"a".repeat(10_000)}`) },
  { name: "a path of 5,000 segments", code: 404, make: () => get(`/api/v1${"/a".repeat(5_000)}`) },
  { name: "a resource named __proto__", code: 404, make: () => get("/api/v1/namespaces/default/__proto__") },
  { name: "a resource named constructor", code: 404, make: () => get("/apis/constructor/prototype/toString") },
  { name: "a subresource named __proto__", code: 404, make: () => get(`${PODS}/target/__proto__`) },
  { name: "half an escape in a path", code: 400, make: () => get(`${PODS}/%E0%A4%A`) },
  { name: "a method nobody knows", code: 405, make: () => ({ method: "BREW", target: PODS }) },
  { name: "a POST to an object", code: 405, make: () => post(`${PODS}/target`, "{}") },
  { name: "a namespace of a resource that has none", code: 404, make: () => get("/api/v1/namespaces/default/nodes") },
];

const WIRE_BOMBS: readonly Bomb[] = [
  { name: "a header of 100 KiB", code: 431, make: () => raw(`GET ${PODS} HTTP/1.1`, `x: ${"x".repeat(100_000)}\r\n`) },
  { name: "a path of 100 KiB", code: 431, make: () => raw(`GET ${PODS}?${"x".repeat(100_000)} HTTP/1.1`) },
  {
    name: "3,000 headers",
    code: 431,
    make: () => raw(`GET ${PODS} HTTP/1.1`, many(3_000, (at) => `x${at}: y\r\n`).join("")),
  },
  {
    name: "500 headers over HTTP/2",
    code: 431,
    make: () => get(PODS, Object.fromEntries(many(500, (at) => [`x-${at}`, "y"]))),
  },
  { name: "no HTTP at all", code: 400, make: () => ({ raw: new Uint8Array(1_000).fill(0x16) }) },
  { name: "HTTP of the ninth version", code: 400, make: () => raw(`GET ${PODS} HTTP/9.9`) },
  {
    name: "a body of two lengths",
    code: 400,
    make: () => raw(`POST ${PODS} HTTP/1.1`, "content-length: 1\r\ncontent-length: 2\r\n"),
  },
  {
    name: "a body of a length and in chunks",
    code: 400,
    make: () => raw(`POST ${PODS} HTTP/1.1`, "content-length: 1\r\ntransfer-encoding: chunked\r\n"),
  },
  { name: "a body of negative length", code: 400, make: () => raw(`POST ${PODS} HTTP/1.1`, "content-length: -1\r\n") },
  {
    name: "a length beyond all numbers",
    code: 400,
    make: () => raw(`POST ${PODS} HTTP/1.1`, `content-length: ${"9".repeat(40)}\r\n`),
  },
  {
    name: "a length beyond the bound",
    code: 413,
    make: () => raw(`POST ${PODS} HTTP/1.1`, "content-length: 9000000000000\r\n"),
  },
  {
    name: "a chunk of 2^60 bytes",
    code: 413,
    make: () =>
      raw(
        `POST ${PODS} HTTP/1.1`,
        `transfer-encoding: chunked\r\n\r\nfffffffffffffff\r\n${" ".repeat(4 * 1024 * 1024)}`,
      ),
  },
  {
    name: "a chunk of no length",
    code: 400,
    make: () => raw(`POST ${PODS} HTTP/1.1`, "transfer-encoding: chunked\r\n\r\nxyz\r\n"),
  },
  {
    name: "an endless chunk extension",
    code: 413,
    make: () => raw(`POST ${PODS} HTTP/1.1`, `transfer-encoding: chunked\r\n\r\n1;${"x".repeat(100_000)}\r\n`),
  },
  {
    name: "4 MiB in chunks of one byte",
    code: 413,
    make: () => raw(`POST ${PODS} HTTP/1.1`, `transfer-encoding: chunked\r\n\r\n${"1\r\n \r\n".repeat(3_300_000)}`),
  },
  { name: "no host", code: 400, make: () => ({ raw: `GET ${PODS} HTTP/1.1\r\n\r\n` }) },
];

export const REQUEST_BOMBS: readonly Bomb[] = [...QUERY_BOMBS, ...PATH_BOMBS, ...WIRE_BOMBS];
