import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createServer } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../cluster.ts";
import { deployment, server, service } from "../objects.ts";

/** A change of one value deep inside an object. */
function changed(object: object, path: string, value: unknown): object {
  const copy = structuredClone(object) as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let at: Record<string, unknown> = copy;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

const good = deployment("wrong", 0, server());
const CONTAINER = "spec.template.spec.containers.0";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/wrong/deployments";
/** The first minor version of kubectl with `--validate=strict`. */
const ASKS_FOR_STRICTNESS = 25;

const INVALID = 'The Deployment "wrong" is invalid: ';

/** What is sent, and the words of the refusal. */
const refusals: readonly { readonly name: string; readonly object: object; readonly message: RegExp | string }[] = [
  {
    name: "an unknown field, strictly",
    object: changed(good, "spec.replica", 3),
    message: /strict decoding error: unknown field "spec\.replica"/,
  },
  {
    name: "a value of the wrong type",
    object: changed(good, "spec.replicas", "three"),
    message:
      /Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32/,
  },
  {
    name: "a required field that is missing",
    object: changed(good, "spec.template.spec.containers", undefined),
    message: `${INVALID}spec.template.spec.containers: Required value\n`,
  },
  {
    name: "a quantity that is none",
    object: changed(good, `${CONTAINER}.resources`, { requests: { cpu: "lots" } }),
    message: /quantities must match the regular expression '\^\(\[\+-\]\?\[0-9\.\]\+\)/,
  },
  {
    name: "a negative number of replicas",
    object: changed(good, "spec.replicas", -1),
    message: `${INVALID}spec.replicas: Invalid value: -1: must be greater than or equal to 0\n`,
  },
  {
    name: "a label that is none",
    object: changed(good, "metadata.labels", { app: "not a label!" }),
    message: /metadata\.labels: Invalid value: "not a label!": a valid label must be an empty string or consist of/,
  },
  {
    name: "a selector that does not match the template",
    object: changed(good, "spec.selector.matchLabels", { app: "other" }),
    message:
      /spec\.template\.metadata\.labels: Invalid value: \{"app":"wrong"\}: `selector` does not match template `labels`/,
  },
  {
    name: "a name too long",
    object: changed(good, "metadata.name", "x".repeat(254)),
    message: /metadata\.name: Invalid value: "x{254}": must be no more than 253 (characters|bytes)/,
  },
  {
    name: "a name in capitals",
    object: changed(good, "metadata.name", "Wrong"),
    message: /metadata\.name: Invalid value: "Wrong": a lowercase RFC 1123 subdomain must consist of lower case/,
  },
  {
    name: "a port out of range",
    object: changed(good, `${CONTAINER}.ports.0.containerPort`, 70_000),
    message: /containers\[0\]\.ports\[0\]\.containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive/,
  },
  {
    name: "an enumeration's unknown value",
    object: changed(good, `${CONTAINER}.imagePullPolicy`, "Sometimes"),
    message:
      /containers\[0\]\.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"/,
  },
  {
    name: "a node port out of range",
    object: service("wrong", { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }),
    message:
      /spec\.ports\[0\]\.nodePort: Invalid value: 80: provided port is not in the valid range\. The range of valid ports is 30000-32767/,
  },
];

export function wrongInput(cluster: Cluster): void {
  describe("wrong input is refused by name, and changes nothing", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("wrong");

    /** The server's own refusal. kubectl before 1.25 cannot ask for its strictness, but can send a request as it is. */
    const refused = async (object: object): Promise<string> => {
      const stdin = JSON.stringify(object);
      if ((await kubectl.minor()) >= ASKS_FOR_STRICTNESS)
        return kubectl.fails("create --validate=strict -f -", { stdin });
      if (!stdin.includes('"replica"')) return kubectl.fails("create --validate=false -f -", { stdin });
      return kubectl.fails(`create --raw ${DEPLOYMENTS}?fieldValidation=Strict -f ${fileOf(stdin)}`);
    };
    const fileOf = (text: string): string => {
      const path = join(cluster.directory, "wrong.json");
      writeFileSync(path, text);
      return path;
    };

    test("a namespace for it", async () => void (await cluster.namespace("wrong")));

    for (const { name, object, message } of refusals) {
      test(name, async () => {
        const stderr = await refused(object);
        if (typeof message === "string") assert.equal(stderr, message);
        else assert.match(stderr, message);
        assert.equal(await kubectl.ok("get deployments,services -o name"), "");
      });
    }

    test("an unknown field is only warned of when asked for", async () => {
      const stdin = JSON.stringify(changed(good, "spec.replica", 3));
      const args =
        (await kubectl.minor()) >= ASKS_FOR_STRICTNESS
          ? "apply --validate=warn -f -"
          : `create --raw ${DEPLOYMENTS}?fieldValidation=Warn -f ${fileOf(stdin)}`;
      const { stdout, stderr, code } = await kubectl.run(args, { stdin });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^deployment\.apps\/wrong created\n$|"name": ?"wrong"/);
      assert.match(stderr, /^Warning: unknown field "spec\.replica"\n/);
    });

    test("an immutable field", async () => {
      const before = await kubectl.ok("get deployment wrong -o yaml");
      const patch =
        '{"spec":{"selector":{"matchLabels":{"app":"new"}},"template":{"metadata":{"labels":{"app":"new"}}}}}';
      const stderr = await kubectl.fails(["patch", "deployment", "wrong", "-p", patch]);
      assert.equal(
        stderr,
        `${INVALID}spec.selector: Invalid value: {"matchLabels":{"app":"new"}}: field is immutable\n`,
      );
      assert.equal(await kubectl.ok("get deployment wrong -o yaml"), before);
    });

    test("a kind that is not there", async () => {
      const stdin = JSON.stringify({ ...good, kind: "Deploymint" });
      const stderr = await kubectl.fails("create --validate=false -f -", { stdin });
      assert.match(stderr, /no matches for kind "Deploymint" in version "apps\/v1"/);
    });

    test("an old resourceVersion", async () => {
      const stale = await kubectl.ok("get deployment wrong -o json");
      await kubectl.ok("annotate deployment wrong touched=1");
      const stderr = await kubectl.fails("replace -f -", { stdin: stale });
      assert.match(
        stderr,
        /\(Conflict\): .*Operation cannot be fulfilled on deployments\.apps "wrong": the object has been modified; please apply your changes to the latest version and try again/,
      );
    });

    test("a node port that another Service has", async () => {
      const spec = { type: "NodePort", ports: [{ port: 80, nodePort: 32_111 }] };
      await kubectl.apply(service("first", spec));
      const stderr = await kubectl.fails("create -f -", { stdin: JSON.stringify(service("second", spec)) });
      assert.equal(
        stderr,
        'The Service "second" is invalid: spec.ports[0].nodePort: Invalid value: 32111: provided port is already allocated\n',
      );
    });

    test("a file that is no YAML, and one that is no object", async () => {
      assert.match(
        await kubectl.fails("apply -f -", { stdin: "a: [1\n" }),
        /error: error parsing STDIN: error converting YAML to JSON/,
      );
      assert.match(await kubectl.fails("apply -f -", { stdin: "just words\n" }), /error: error (parsing|validating)/);
    });

    test("a body of more than 3 MiB", async () => {
      const data = { a: "x".repeat(3 * 1024 * 1024 + 1) };
      const big = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "big" }, data };
      const stderr = await kubectl.fails("create -f -", { stdin: JSON.stringify(big) });
      assert.match(stderr, /\(RequestEntityTooLarge\)|[Rr]equest entity too large/);
      assert.match(await kubectl.fails("get configmap big"), /NotFound/);
    });

    test("JSON nested without end", async () => {
      const deep = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
      const path = join(cluster.directory, "deep.json");
      writeFileSync(path, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"deep"},"x":${deep}}`);
      const stderr = await kubectl.fails(["create", "--raw", "/api/v1/namespaces/wrong/configmaps", "-f", path]);
      assert.match(stderr, /\(BadRequest\)|exceeded max depth/);
      assert.equal(await kubectl.ok("get --raw /healthz"), "ok");
    });

    test("a client that knows another authority, and one without a certificate", async () => {
      const empty = join(cluster.directory, "empty-kubeconfig");
      writeFileSync(empty, "apiVersion: v1\nkind: Config\n");
      const stranger = ["--server", cluster.server, "--kubeconfig", empty];
      const strange = await kubectl.fails([...stranger, "--token=nobody", "get", "pods"]);
      assert.match(strange, /x509: certificate signed by unknown authority|tls: failed to verify certificate/);
      const nobody = await kubectl.fails([...stranger, "--insecure-skip-tls-verify", "--token=nobody", "get", "pods"]);
      assert.match(nobody, /You must be logged in to the server \(Unauthorized\)|Unauthorized/);
    });

    test("a namespace that is not there", async () => {
      const stderr = await kubectl.in("nowhere").fails("create -f -", { stdin: JSON.stringify(good) });
      assert.equal(
        stderr,
        'Error from server (NotFound): error when creating "STDIN": namespaces "nowhere" not found\n',
      );
    });

    test("a node port that a program of this machine has", async () => {
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(32_112, "127.0.0.1", resolve));
      try {
        const held = service("held", { type: "NodePort", ports: [{ port: 80, nodePort: 32_112 }] });
        const stderr = await kubectl.fails("create -f -", { stdin: JSON.stringify(held) });
        assert.equal(
          stderr,
          'The Service "held" is invalid: spec.ports[0].nodePort: Invalid value: 32112: provided port is in use by another program on this machine\n',
        );
        assert.match(await kubectl.fails("get service held"), /NotFound/);
      } finally {
        await new Promise((resolve) => taken.close(resolve));
      }
    });
  });
}
