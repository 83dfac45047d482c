import { realClock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { Node } from "#api/core/node.ts";
import type { Client } from "#client/client.ts";
import type { InformerFactory } from "#client/informer.ts";
import { createNodeAgent } from "#node/agent.ts";
import { AGENT_PORT, agentHandler, agentUpgrade } from "#node/agent_door.ts";
import type { NodeConnections } from "#node/connections.ts";
import { Containerd } from "#node/containerd.ts";
import { setUpPodNetwork } from "#proxy/network.ts";
import { ServiceProxy } from "#proxy/proxy.ts";
import { nodeDialer } from "#sys/dialer.ts";
import { nodeFiles } from "#sys/files.ts";
import { listen, type Listener, type ListenerTls } from "#sys/http/listener.ts";
import { readMachineFacts } from "#sys/machine_facts.ts";
import { nodeMounts } from "#sys/mounts.ts";
import { applyNft, forgetUdpFlows } from "#sys/nft.ts";
import { runCommand } from "#sys/process.ts";
import { systemRandom } from "#sys/random.ts";
import type { ClientTls } from "#sys/streams/spdy_client.ts";
import { runtimeOf } from "./machine.ts";
import { tableName, type Networks } from "./networks.ts";
import type { NodePlace } from "./node_place.ts";
import { Peers } from "./peers.ts";

export interface RunningNode {
  readonly connections: NodeConnections;
  /** Absent on a cluster of one node. */
  readonly peers: Peers | undefined;
  /** Has other certificates shown from now on, at its own door and at others'. What is open goes on. */
  renew(tls: Partial<Pick<NodeNeighbourhood, "door" | "asClient">>): void;
  /** Lets go of the node; its containers run on. */
  stop(): Promise<void>;
}

/** What a node of several needs beside: its own door, the way through others', and the link to their pods. */
export interface NodeNeighbourhood {
  readonly door: ListenerTls;
  readonly asClient: ClientTls;
  readonly link: string;
}

export interface NodeOptions {
  /** The cluster's name. */
  readonly cluster: string;
  readonly place: NodePlace;
  readonly networks: Networks;
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly log: Log;
  readonly heartbeatMs?: number | undefined;
  readonly neighbourhood?: NodeNeighbourhood | undefined;
  /** What else must work before pods are seen to, done beside; `network` is when the pods' gateway has its address. */
  readonly beside?: (network: Promise<void>) => Promise<unknown>;
}

/** Starts one node on this machine, in the network namespace of this process. Resolves when the API says it is Ready. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { place, networks, informers, log, neighbourhood, beside } = options;
  const { gateway, nodeName } = place;
  const doors = { run: runCommand, files: nodeFiles, clock: realClock, log: log.part("containerd") };
  const containerd = new Containerd(place.containerd, doors);
  const { bridge } = containerd.layout;
  const { serviceCidr } = networks;
  const prefixLength = networks.nodePrefixLength;
  const network = setUpPodNetwork({ bridge, gateway, prefixLength, serviceCidr }, doors);
  await Promise.all([containerd.start(), network, beside?.(network)]);
  const proxy = proxyOf(options, bridge);
  const peers = neighbourhood && new Peers(informers, neighbourhood.asClient, nodeName);
  const runtime = runtimeOf(containerd, log.part("runtime"));
  const agent = createNodeAgent({
    client: options.client,
    informers,
    runtime,
    files: nodeFiles,
    mounts: nodeMounts(runCommand, nodeFiles),
    dialer: nodeDialer,
    clock: realClock,
    random: systemRandom,
    log: log.part("node"),
    nodeName,
    nodeIp: gateway,
    port: neighbourhood ? AGENT_PORT : 0,
    heartbeatMs: options.heartbeatMs,
    dataDir: place.containerd.directory,
    clusterDns: networks.dnsAddress,
    clusterDomain: networks.dnsDomain,
    cgroupRoot: containerd.layout.cgroup,
    drained: ({ metadata }, signal) => Promise.all([proxy.drained(metadata.uid), peers?.drained(metadata.uid, signal)]),
    podCidr: place.podCidr,
    machine: await readMachineFacts(nodeFiles, place.containerd.directory),
  });
  const { connections } = agent;
  const door = { connections, drained: (uid: string) => proxy.drained(uid) };
  let listener: Listener | undefined;
  const stop = async () => {
    proxy.stop();
    await listener?.close();
    peers?.close();
    await agent.stop();
    runtime.close();
  };
  try {
    if (neighbourhood) {
      const served = { handler: agentHandler(door), upgrade: agentUpgrade(door), tls: neighbourhood.door };
      listener = await listen({ port: AGENT_PORT, host: gateway, ...served });
    }
    await Promise.all([proxy.start(), agent.start()]);
    await nodeReady(informers, nodeName);
  } catch (error) {
    await stop();
    throw error;
  }
  const renew: RunningNode["renew"] = (tls) => {
    if (tls.door) listener?.replaceTls(tls.door);
    if (tls.asClient) peers?.renew(tls.asClient);
  };
  return { connections, peers, renew, stop };
}

function proxyOf({ cluster, place, networks, informers, log, neighbourhood }: NodeOptions, bridge: string) {
  return new ServiceProxy({
    informers,
    clock: realClock,
    log: log.part("proxy"),
    nodeName: place.nodeName,
    table: tableName(cluster),
    bridge,
    podCidr: networks.podCidr,
    serviceCidr: networks.serviceCidr,
    nodeLink: neighbourhood?.link,
    apply: (script) => applyNft(runCommand, script),
    forgetFlows: async (endpoints) => {
      for (const { address, port } of endpoints) await forgetUdpFlows(runCommand, address, port);
    },
  });
}

/** Resolves when the API shows the node with the condition Ready. */
export async function nodeReady(informers: InformerFactory, name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (node: Node) => {
    const ready = node.status.conditions?.some((each) => each.type === "Ready" && each.status === "True");
    if (node.metadata.name === name && ready) resolve();
  };
  const unsubscribe = informers.informer(Node).subscribe({ add: look, update: look });
  await promise;
  unsubscribe();
}
