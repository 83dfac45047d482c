import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest, HttpResponse } from "#base/http.ts";
import type { ExecSession, PortForwardSession, UpgradeRequest } from "#base/streams.ts";
import type { NodeConnections } from "./node_connection.ts";
import { testServer } from "./testing.ts";

const PODS = "/api/v1/namespaces/default/pods";

interface Seen {
  readonly calls: unknown[];
  readonly finished: unknown[];
  refused: HttpResponse | undefined;
}

async function cluster(fail = false) {
  const seen: Seen = { calls: [], finished: [], refused: undefined };
  const nodes: NodeConnections = {
    async logs(target, options) {
      seen.calls.push(["logs", target, options]);
      return { status: 200, headers: { "content-type": "text/plain" }, body: new TextEncoder().encode("hello\n") };
    },
    async exec(target, command, streams, session) {
      seen.calls.push(["exec", target.container, command, streams]);
      if (fail) throw new Error("the node is gone");
      await session.finish({ status: "Success" });
    },
    async attach(target) {
      seen.calls.push(["attach", target.container]);
    },
    async portForward(target) {
      seen.calls.push(["portForward", target.pod]);
    },
    serve: () => Promise.reject(new Error("not asked")),
    async usage() {
      return { pods: [] };
    },
  };
  const api = await testServer({ nodes });
  const signal = new AbortController().signal;
  const session: ExecSession = { signal, finish: async (status) => void seen.finished.push(status) };
  const forward = { signal, connections: (async function* () {})(), close: () => {} } as PortForwardSession;
  const request: UpgradeRequest = {
    refuse: (response) => {
      seen.refused = response;
    },
    acceptExec: async () => session,
    acceptRaw: () => {
      throw new Error("not asked for");
    },
    acceptPortForward: async (ports) => {
      seen.calls.push(["ports", ports]);
      return forward;
    },
  };
  const upgrade = (path: string): Promise<void> => {
    const [bare = "", query = ""] = path.split("?");
    const http: HttpRequest = {
      method: "POST",
      path: bare,
      query: new URLSearchParams(query),
      headers: {},
      body: new Uint8Array(),
      peer: { internalUser: "admin", address: "" },
      signal,
    };
    return api.server.upgrade(http, request);
  };
  return { ...api, seen, upgrade };
}

async function withPod(names: readonly string[], bound = true, fail = false) {
  const api = await cluster(fail);
  const containers = names.map((name) => ({ name, image: "nginx" }));
  await api.call("POST", PODS, {
    metadata: { name: "p" },
    spec: { containers, initContainers: [{ name: "i", image: "x" }] },
  });
  if (bound) await api.call("POST", `${PODS}/p/binding`, { target: { kind: "Node", name: "n1" } });
  return api;
}

const message = (response: HttpResponse | undefined) =>
  JSON.parse(new TextDecoder().decode(response?.body as Uint8Array)).message;

test("the only container needs no name", async () => {
  const { upgrade, seen } = await withPod(["a"]);
  await upgrade(`${PODS}/p/exec?command=ls&command=-l&stdout=true`);
  const streams = { stdin: false, stdout: true, stderr: false, tty: false };
  assert.deepEqual(seen.calls, [["exec", "a", ["ls", "-l"], streams]]);
  assert.deepEqual(seen.finished, [{ status: "Success" }]);
});

const REFUSED = [
  {
    name: "no container is named and there are several",
    names: ["a", "b"],
    query: "",
    message: "a container name must be specified for pod p, choose one of: [a b] or one of the init containers: [i]",
  },
  {
    name: "the container is not of the pod",
    names: ["a"],
    query: "&container=z",
    message: "container z is not valid for pod p",
  },
  {
    name: "the pod is nowhere yet",
    names: ["a"],
    bound: false,
    query: "",
    message: "pod p does not have a host assigned",
  },
];

for (const c of REFUSED) {
  test(`an exec is refused before it is accepted when ${c.name}`, async () => {
    const { upgrade, seen } = await withPod(c.names, c.bound ?? true);
    await upgrade(`${PODS}/p/exec?command=ls&stdout=true${c.query}`);
    assert.equal(seen.refused?.status, 400);
    assert.equal(message(seen.refused), c.message);
    assert.deepEqual(seen.calls, []);
  });
}

test("what goes wrong after acceptance is told through the session", async () => {
  const { upgrade, seen } = await withPod(["a"], true, true);
  await upgrade(`${PODS}/p/exec?command=ls&stdout=true`);
  assert.equal(seen.refused, undefined);
  const [status] = seen.finished as { status: string; message: string }[];
  assert.equal(status?.status, "Failure");
  assert.equal(status?.message, "Internal error occurred: the node is gone");
});

test("attach and port-forward reach the pod", async () => {
  const { upgrade, seen } = await withPod(["a"]);
  await upgrade(`${PODS}/p/attach?stdout=true&container=i`);
  await upgrade(`${PODS}/p/portforward?ports=80&ports=90`);
  assert.deepEqual(seen.calls, [
    ["attach", "i"],
    ["ports", [80, 90]],
    ["portForward", "p"],
  ]);
});

test("logs carry their options, and refuse those that make no sense", async () => {
  const { call, seen } = await withPod(["a"]);
  const log = await call("GET", `${PODS}/p/log?tailLines=5&timestamps=true&previous=true`);
  assert.equal(log.text, "hello\n");
  const [[, target, options]] = seen.calls as [[string, { container: string }, { tailLines: number; follow: boolean }]];
  assert.equal(target.container, "a");
  assert.equal(options.tailLines, 5);
  assert.equal(options.follow, false);
  const wrong = await call("GET", `${PODS}/p/log?tailLines=-1`);
  assert.equal(
    wrong.json.message,
    'PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
  );
  const plain = await call("POST", `${PODS}/p/exec?command=ls`);
  assert.equal(plain.json.message, "Upgrade request required");
});
