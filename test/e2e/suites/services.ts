import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { freePort, IMAGE, type Cluster } from "../cluster.ts";
import { httpGet } from "../http.ts";
import { deployment, FOREVER, pod, server, service, shell } from "../objects.ts";
import { until } from "../until.ts";

/** Answers each datagram with its pod's name and what it was told. */
const ECHO = `
  const socket = require("dgram").createSocket("udp4");
  socket.on("message", (text, from) => socket.send(require("os").hostname() + " " + text, from.port, from.address));
  socket.bind(5000);
  process.on("SIGTERM", () => process.exit(0));
`;

/** Sends datagrams from one socket for ever, and prints each new answer. */
const asking = (host: string, port: number) => `
  const socket = require("dgram").createSocket("udp4");
  let last;
  socket.on("message", (text) => String(text) === last || console.log((last = String(text))));
  setInterval(() => socket.send("hello", ${port}, "${host}"), 100);
`;

/** The less usual forms of Services, ports and names. */
export function services(cluster: Cluster): void {
  describe("services of other forms", { concurrency: 1 }, () => {
    const kubectl = cluster.kubectl("services");
    const runs = (name: string) => kubectl.ok(`wait --for=condition=Ready pod/${name} --timeout=100s`);
    const inClient = (...command: readonly string[]) => kubectl.ok(["exec", "client", "--", ...command]);
    const node = async (script: string) => (await inClient("node", "-e", script)).trim();
    const fetches = async (url: string) => (await kubectl.run(["exec", "client", "--", "wget", "-qO-", url])).stdout;
    const addresses = (name: string) => {
      const path = "{.items[*].endpoints[*].addresses[0]}";
      return kubectl.ok(`get endpointslices -l kubernetes.io/service-name=${name} -o jsonpath=${path}`);
    };

    test("UDP is carried as TCP is, and who goes on talking is led to the next pod", async () => {
      await cluster.namespace("services");
      const echo = { name: "echo", image: IMAGE.v1, command: ["node", "-e", ECHO] };
      await kubectl.apply(
        pod("client", shell(FOREVER)),
        deployment("echo", 1, { ...echo, ports: [{ containerPort: 5000, protocol: "UDP" }] }),
        service("echo", { ports: [{ port: 53, targetPort: 5000, protocol: "UDP" }] }),
      );
      await runs("client");
      await kubectl.ok("rollout status deployment echo");
      const name = () =>
        kubectl.ok("get pods -l app=echo --field-selector=status.phase=Running -o jsonpath={.items[0].metadata.name}");
      const talking = kubectl.start(["exec", "client", "--", "node", "-e", asking("echo", 53)]);
      try {
        let heard = "";
        talking.stdout.setEncoding("utf8").on("data", (text: string) => (heard += text));
        const first = await name();
        await until("it is answered", () => heard === `${first} hello\n`);
        await kubectl.ok(`delete pod ${first}`);
        await kubectl.ok("rollout status deployment echo");
        const second = await name();
        await until("the next pod answers", () => heard.endsWith(`${second} hello\n`));
      } finally {
        talking.kill("SIGKILL");
      }
      await kubectl.ok("delete deployment echo --wait=false");
    });

    test("a port may have a name, and each pod its own number for it", async () => {
      const at = (port: number) => ({
        command: [
          "sh",
          "-c",
          `mkdir /tmp/www; echo at ${port} > /tmp/www/index.html; exec httpd -f -p ${port} -h /tmp/www`,
        ],
        ports: [{ name: "web", containerPort: port }],
        readinessProbe: { tcpSocket: { port: "web" }, periodSeconds: 1 },
      });
      const labelled = (name: string, port: number) => {
        const made = pod(name, server(at(port)), { terminationGracePeriodSeconds: 1 }) as { metadata: object };
        return { ...made, metadata: { name, labels: { app: "named" } } };
      };
      await kubectl.apply(labelled("first", 3001), service("named", { ports: [{ port: 80, targetPort: "web" }] }));
      await runs("first");
      await until("the first answers", async () => (await fetches("http://named")) === "at 3001\n");
      await kubectl.apply(labelled("second", 3002));
      await runs("second");
      await kubectl.ok("delete pod first");
      await until("the second answers", async () => (await fetches("http://named")) === "at 3002\n");
      await kubectl.ok("delete pod second --wait=false");
    });

    test("a host port answers on this machine as long as its pod is there", async () => {
      const port = await freePort();
      await kubectl.apply(pod("outward", server({ ports: [{ containerPort: 3000, hostPort: port }] })));
      await runs("outward");
      const body = () =>
        httpGet(`http://127.0.0.1:${port}`).then(
          (answer) => answer.body,
          () => "",
        );
      await until("it answers", async () => (await body()) === "v1 outward\n");
      await kubectl.ok("delete pod outward");
      await until("it answers no more", async () => (await body()) === "");
    });

    test("a Service without a selector leads where its slice says", async () => {
      await kubectl.apply(pod("target", server()), service("manual", { selector: null }));
      await runs("target");
      const ip = await kubectl.ok("get pod target -o jsonpath={.status.podIP}");
      await kubectl.apply({
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "manual-1", labels: { "kubernetes.io/service-name": "manual" } },
        addressType: "IPv4",
        ports: [{ name: "", port: 3000, protocol: "TCP" }],
        endpoints: [{ addresses: [ip] }],
      });
      await until("it answers", async () => (await fetches("http://manual")) === "v1 target\n");
      await kubectl.ok("delete endpointslice manual-1");
      const refused = async () => (await kubectl.run(["exec", "client", "--", "wget", "-qO-", "http://manual"])).stderr;
      await until("nothing is behind it", async () => (await refused()).includes("Connection refused"));
    });

    test("publishNotReadyAddresses names pods before they are ready", async () => {
      const never = server({ readinessProbe: { exec: { command: ["false"] }, periodSeconds: 1 } });
      await kubectl.apply(
        deployment("early", 1, never),
        service("early", { clusterIP: "None", publishNotReadyAddresses: true }),
      );
      await until("it is listed", async () => (await addresses("early")) !== "");
      const ip = await addresses("early");
      const lookup = 'require("dns").lookup("early", { family: 4 }, (e, a) => console.log(e ? e.code : a))';
      await until("its name resolves", async () => (await node(lookup)) === ip);
      assert.equal(await kubectl.ok("get deployment early -o jsonpath={.status.readyReplicas}"), "");
      await kubectl.ok("delete deployment early --wait=false");
    });

    test("hostAliases, dnsConfig, hostname and subdomain are what programs in the pod see", async () => {
      const spec = {
        hostname: "own",
        subdomain: "family",
        hostAliases: [{ ip: "192.0.2.7", hostnames: ["printer"] }],
        dnsConfig: { searches: ["example.test"], options: [{ name: "ndots", value: "2" }] },
      };
      await kubectl.apply(
        pod("member", shell(FOREVER), spec),
        service("family", { clusterIP: "None", selector: { app: "member" } }),
      );
      await runs("member");
      const inMember = (script: string) => kubectl.ok(["exec", "member", "--", "sh", "-c", script]);
      assert.equal(await inMember("hostname; hostname -f"), "own\nown.family.services.svc.cluster.local\n");
      assert.match(await inMember("cat /etc/hosts"), /^192\.0\.2\.7\s+printer$/m);
      const resolv = await inMember("cat /etc/resolv.conf");
      assert.match(
        resolv,
        /^search services\.svc\.cluster\.local svc\.cluster\.local cluster\.local.* example\.test$/m,
      );
      assert.match(resolv, /^options .*ndots:2/m);
      const ip = await kubectl.ok("get pod member -o jsonpath={.status.podIP}");
      const lookup = 'require("dns").lookup("own.family", { family: 4 }, (e, a) => console.log(e ? e.code : a))';
      await until("its name resolves", async () => (await node(lookup)) === ip);
    });

    test("labels of a pod are a file in it, and the file follows them", async () => {
      const items = [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }];
      const volumes = [{ name: "self", downwardAPI: { items } }];
      const container = shell(FOREVER, { volumeMounts: [{ name: "self", mountPath: "/self" }] });
      await kubectl.apply(pod("mirror", container, { volumes, automountServiceAccountToken: false }));
      await runs("mirror");
      const inMirror = (script: string) => kubectl.ok(["exec", "mirror", "--", "sh", "-c", script]);
      assert.equal(await inMirror("cat /self/labels"), 'app="mirror"');
      assert.equal(await inMirror("ls /var/run/secrets 2>/dev/null | wc -l"), "0\n", "no token was asked for");
      assert.equal(await kubectl.ok("label pod mirror tier=front"), "pod/mirror labeled\n");
      const follows = async () => (await inMirror("cat /self/labels")) === 'app="mirror"\ntier="front"';
      await until("the file follows", follows, 120_000);
    });
  });
}
