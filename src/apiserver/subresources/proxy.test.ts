import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceDoor, ServiceRequest, ServiceTarget } from "../aggregation/service_door.ts";
import { testServer } from "../testing.ts";
import { withPrefixedLinks } from "./html_links.ts";

const NS = "/api/v1/namespaces/default";

interface Answered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
}

/** A server with a pod and a Service before it, and what it sends on. */
async function proxying(answer: Answered = {}) {
  const sent: { target: ServiceTarget; request: ServiceRequest }[] = [];
  const door: ServiceDoor = {
    async send(target, request) {
      sent.push({ target, request });
      if (answer.status === 0) throw new Error("dial tcp 10.1.0.5:80: connect: connection refused");
      const bytes = new TextEncoder().encode(answer.text ?? "hello");
      const body = (async function* () {
        yield bytes;
      })();
      const headers = answer.headers ?? { "content-type": "text/plain" };
      return { status: answer.status ?? 200, headers, body, bytes: async () => bytes };
    },
    upgrade: () => Promise.reject(new Error("not asked")),
  };
  const api = await testServer({ serviceDoor: door });
  const { call } = api;
  const containers = [{ name: "c", image: "i", ports: [{ containerPort: 8080 }] }];
  await call("POST", `${NS}/pods`, { metadata: { name: "p" }, spec: { containers } });
  const status = { phase: "Running", podIP: "10.1.0.5", podIPs: [{ ip: "10.1.0.5" }] };
  await call("PATCH", `${NS}/pods/p/status`, { status }, { contentType: "application/merge-patch+json" });
  const ports = [{ name: "web", port: 80, targetPort: 8080 }];
  await call("POST", `${NS}/services`, { metadata: { name: "s" }, spec: { selector: { a: "b" }, ports } });
  await call("POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
    metadata: { name: "s-1", labels: { "kubernetes.io/service-name": "s" } },
    addressType: "IPv4",
    endpoints: [
      { addresses: ["10.1.0.6"], conditions: { ready: true } },
      { addresses: ["10.1.0.7"], conditions: { ready: false } },
    ],
    ports: [{ name: "web", port: 8080 }],
  });
  /** Method, path and body as they arrive, and where. */
  const last = () => {
    const { target, request } = sent.at(-1) ?? assert.fail("nothing was sent");
    const scheme = target.plain === true ? "http" : "https";
    return `${request.method} ${scheme}://${target.host}:${target.port}${request.target}`;
  };
  return { ...api, sent, last };
}

const WAYS = [
  ["GET", "pods/p/proxy/", "GET http://10.1.0.5:8080/"],
  ["GET", "pods/p:81/proxy/a%20b/?x=1&y=%2F", "GET http://10.1.0.5:81/a%20b/?x=1&y=%2F"],
  ["POST", "pods/https:p:443/proxy/a/proxy/b", "POST https://10.1.0.5:443/a/proxy/b"],
  ["PUT", "services/s/proxy", "PUT http://10.1.0.6:8080/"],
  ["DELETE", "services/s:web/proxy/x", "DELETE http://10.1.0.6:8080/x"],
  ["PATCH", "services/s:80/proxy/x", "PATCH http://10.1.0.6:8080/x"],
  ["OPTIONS", "services/http:s:80/proxy/x", "OPTIONS http://10.1.0.6:8080/x"],
  ["HEAD", "services/s/proxy/x", "HEAD http://10.1.0.6:8080/x"],
] as const;

test("a proxy sends on what is asked, to a pod or an endpoint of a Service", async () => {
  const { request, last, sent } = await proxying();
  for (const [method, path, arrives] of WAYS) {
    const headers = { authorization: "Bearer x", "accept-encoding": "gzip", "x-own": "1" };
    const { status } = await request(method, `${NS}/${path}`, undefined, { headers });
    assert.deepEqual([status, last()], [200, arrives], path);
  }
  const { headers } = sent.at(-1)?.request ?? assert.fail();
  assert.deepEqual(
    [headers["authorization"], headers["accept-encoding"], headers["x-own"]],
    [undefined, undefined, "1"],
  );
  assert.equal(headers["x-remote-user"], undefined);
  assert.equal(sent.at(-1)?.target.anonymous, true);
});

test("a proxy leads from its own name to its root", async () => {
  const { request, sent } = await proxying();
  for (const method of ["GET", "HEAD"]) {
    const { status, headers } = await request(method, `${NS}/pods/p:81/proxy?a=b`);
    assert.deepEqual([status, headers["location"]], [301, `${NS}/pods/p:81/proxy/?a=b`]);
  }
  assert.equal(sent.length, 0);
});

const REFUSED = [
  ["pods/a:b:c/proxy/", 400, 'invalid pod request "a:b:c"'],
  ["services/:80/proxy/", 400, 'invalid service request ":80"'],
  ["pods/none/proxy/", 404, 'pods "none" not found'],
  ["services/s:81/proxy/", 503, 'no service port 81 found for service "s"'],
  ["services/s:other/proxy/", 503, 'no endpoints available for service "s"'],
  ["pods/p/proxy/", 503, "error trying to reach service: dial tcp 10.1.0.5:80: connect: connection refused"],
] as const;

test("a proxy says why it leads nowhere", async () => {
  const { call } = await proxying({ status: 0 });
  for (const [path, code, message] of REFUSED) {
    const refused = await call("GET", `${NS}/${path}`);
    assert.deepEqual([refused.code, refused.json.message], [code, message], path);
  }
  await call(
    "PATCH",
    `${NS}/pods/p/status`,
    { status: { podIP: "127.0.0.1", podIPs: [{ ip: "127.0.0.1" }] } },
    {
      contentType: "application/merge-patch+json",
    },
  );
  assert.equal((await call("GET", `${NS}/pods/p/proxy/`)).json.message, "address not allowed");
});

test("redirects and links lead through the proxy again", async () => {
  const redirecting = await proxying({ status: 302, headers: { location: "/login" } });
  const { headers } = await redirecting.request("GET", `${NS}/services/s/proxy/`);
  assert.equal(headers["location"], `${NS}/services/s/proxy/login`);
  const page = await proxying({ headers: { "content-type": "text/html; charset=utf-8" }, text: '<a href="/x">x</a>' });
  assert.equal((await page.call("GET", `${NS}/pods/p/proxy/`)).text, `<a href="${NS}/pods/p/proxy/x">x</a>`);
});

const PAGES = [
  ['<a class="/c" href="/x">/y</a>', '<a class="/c" href="/p/x">/y</a>'],
  ["<IMG SRC='/a.png' alt=x><br>", "<IMG SRC='/p/a.png' alt=x><br>"],
  ['<a href="x"></a><a href="//h/x"></a><a href="http://h/x"></a><a href="/p/x"></a>', undefined],
  ['<script src="/a.js">"/b"</script>', '<script src="/p/a.js">"/b"</script>'],
] as const;

test("withPrefixedLinks() changes links to paths of the server, and nothing else", () => {
  for (const [html, due] of PAGES) assert.equal(withPrefixedLinks(html, "/p"), due ?? html);
});
