import { realClock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { Node } from "#api/core/node.ts";
import type { ClusterPaths } from "#cli/paths.ts";
import { createClient } from "#client/http_client.ts";
import type { InformerFactory } from "#client/informer.ts";
import { startDns } from "#dns/dns.ts";
import { nameserversOf } from "#dns/resolv_conf.ts";
import { createNodeAgent } from "#node/agent.ts";
import { setUpPodNetwork } from "#proxy/network.ts";
import { ServiceProxy } from "#proxy/proxy.ts";
import { nodeDialer } from "#sys/dialer.ts";
import { nodeFiles } from "#sys/files.ts";
import { readMachineFacts } from "#sys/machine_facts.ts";
import { nodeMounts } from "#sys/mounts.ts";
import { applyNft, forgetUdpFlows } from "#sys/nft.ts";
import { runCommand } from "#sys/process.ts";
import { systemRandom } from "#sys/random.ts";
import type { ControlPlane } from "./control_plane.ts";
import { containerdOf, runtimeOf } from "./machine.ts";
import { nodeNameOf, tableName, type Networks } from "./networks.ts";

export interface RunningNode {
  /** Lets go of the node; its containers run on. */
  stop(): Promise<void>;
}

export interface NodeOptions {
  readonly paths: ClusterPaths;
  readonly controlPlane: ControlPlane;
  readonly networks: Networks;
  readonly log: Log;
}

/** Starts this machine as the cluster's node. Resolves when the API says that it is Ready. */
export async function startNode({ paths, controlPlane, networks, log }: NodeOptions): Promise<RunningNode> {
  const containerd = await containerdOf(paths, log.part("containerd"));
  const { bridge } = containerd.layout;
  const network = {
    bridge,
    gateway: networks.gateway,
    prefixLength: networks.nodePrefixLength,
    serviceCidr: networks.serviceCidr,
  };
  await Promise.all([
    containerd.start(),
    controlPlane.startComponents(),
    setUpPodNetwork(network, { run: runCommand, files: nodeFiles }).then(() => controlPlane.listenAtGateway()),
  ]);
  const { informers } = controlPlane;
  const nodeName = nodeNameOf(paths.name);
  const proxy = new ServiceProxy({
    informers,
    clock: realClock,
    log: log.part("proxy"),
    nodeName,
    table: tableName(paths.name),
    bridge,
    podCidr: networks.podCidr,
    serviceCidr: networks.serviceCidr,
    apply: (script) => applyNft(runCommand, script),
    forgetFlows: async (endpoints) => {
      for (const { address, port } of endpoints) await forgetUdpFlows(runCommand, address, port);
    },
  });
  const runtime = runtimeOf(containerd, log.part("runtime"));
  const agent = createNodeAgent({
    client: createClient(controlPlane.handle, `system:node:${nodeName}`),
    informers,
    runtime,
    files: nodeFiles,
    mounts: nodeMounts(runCommand, nodeFiles),
    dialer: nodeDialer,
    clock: realClock,
    random: systemRandom,
    log: log.part("node"),
    nodeName,
    nodeIp: networks.gateway,
    dataDir: paths.node,
    clusterDns: networks.dnsAddress,
    clusterDomain: networks.dnsDomain,
    cgroupRoot: containerd.layout.cgroup,
    drained: (pod) => proxy.drained(pod.metadata.uid),
    podCidr: networks.nodePodCidr,
    machine: await readMachineFacts(nodeFiles, paths.data),
  });
  const [dns] = await Promise.all([
    startDns({
      informers,
      clock: realClock,
      random: systemRandom,
      log: log.part("dns"),
      domain: networks.dnsDomain,
      networks: [networks.podCidr, networks.serviceCidr],
      listen: [{ address: networks.gateway, port: 53 }],
      upstreams: nameserversOf(await nodeFiles.readText("/etc/resolv.conf").catch(() => "")),
    }),
    proxy.start(),
    agent.start(),
  ]);
  controlPlane.nodes.connect(nodeName, agent.connections);
  await nodeReady(informers, nodeName);
  return {
    async stop() {
      proxy.stop();
      await dns.stop();
      await agent.stop();
      runtime.close();
    },
  };
}

/** Resolves when the API shows the node with the condition Ready. */
async function nodeReady(informers: InformerFactory, name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (node: Node) => {
    const ready = node.status.conditions?.some((each) => each.type === "Ready" && each.status === "True");
    if (node.metadata.name === name && ready) resolve();
  };
  const unsubscribe = informers.informer(Node).subscribe({ add: look, update: look });
  await promise;
  unsubscribe();
}
