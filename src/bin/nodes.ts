import { realClock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { ClusterPaths } from "#cli/paths.ts";
import { createClient } from "#client/http_client.ts";
import { startDns, type Dns } from "#dns/dns.ts";
import { nameserversOf } from "#dns/resolv_conf.ts";
import { setUpNodeLink } from "#proxy/node_link.ts";
import { nodeFiles } from "#sys/files.ts";
import { runCommand } from "#sys/process.ts";
import { systemRandom } from "#sys/random.ts";
import { startAgent, stopAgent, type AgentCredentials } from "./agents.ts";
import type { ControlPlane } from "./control_plane.ts";
import type { Failover } from "./failover.ts";
import { nodePlaces, type NodeChoice } from "./kept_nodes.ts";
import type { Networks } from "./networks.ts";
import { nodeReady, startNode, type NodeNeighbourhood, type RunningNode } from "./node.ts";
import { nodeLink, wireName, type NodePlace } from "./node_place.ts";
import type { Pki } from "./pki.ts";

interface NodesOptions {
  readonly paths: ClusterPaths;
  /** Port of the API. */
  readonly port: number;
  readonly controlPlane: ControlPlane;
  readonly networks: Networks;
  readonly choice: NodeChoice;
  readonly failover: Failover | undefined;
  readonly pki: Pki;
  /** The command line that starts this program. */
  readonly program: readonly string[];
  readonly log: Log;
}

export interface RunningNodes {
  /** Has the node of this process show these certificates from now on; further nodes see to their own. */
  renew(pki: Pki): void;
  /** Lets go of every node; their containers run on. */
  stop(): Promise<void>;
}

/**
 * Starts the cluster's nodes on this machine: the first in this process, each further one as a process of its own in its
 * own network namespace. Resolves when the API says that all are Ready.
 */
export async function startNodes(options: NodesOptions): Promise<RunningNodes> {
  const { paths, controlPlane, networks, choice, failover, pki, log } = options;
  const [first, ...further] = await nodePlaces(nodeFiles, paths);
  if (first === undefined) throw new Error("a cluster has a node");
  const { informers, nodes } = controlPlane;
  let dns: Dns | undefined;
  let node: RunningNode | undefined;
  const stop = async () => {
    await Promise.all(further.map((place) => stopAgent(place)));
    await dns?.stop();
    await node?.stop();
  };
  const reach = async () => {
    await controlPlane.listenAtGateway();
    dns = await dnsOf(options);
    // One after the other: they share a bridge.
    for (const place of further) await startFurther(options, place);
  };
  try {
    node = await startNode({
      cluster: paths.name,
      place: first,
      networks,
      client: createClient(controlPlane.handle, `system:node:${first.nodeName}`, { shared: true }),
      informers,
      log,
      heartbeatMs: failover?.heartbeatMs,
      neighbourhood: choice.count > 1 ? neighbourhoodOf(pki, first, wireName(paths)) : undefined,
      beside: (network) => Promise.all([controlPlane.startComponents(), network.then(reach)]),
    });
    const { connections, peers } = node;
    nodes.connect(first.nodeName, connections);
    nodes.lookElsewhere((name) => peers?.agentOf(name));
    await Promise.all(further.map(({ nodeName }) => nodeReady(informers, nodeName)));
  } catch (error) {
    await stop();
    throw error;
  }
  const renew = (renewed: Pki) => {
    if (choice.count > 1) node?.renew(neighbourhoodOf(renewed, first, wireName(paths)));
  };
  return { renew, stop };
}

function neighbourhoodOf(pki: Pki, { nodeName, gateway }: NodePlace, link: string): NodeNeighbourhood {
  const { door } = pki.nodeCredentials(nodeName, gateway);
  const ca = pki.ca.cert;
  return { door: { ...door, clientCa: ca }, asClient: { ...pki.agentClient(), ca }, link };
}

async function startFurther({ paths, port, networks, failover, pki, program }: NodesOptions, place: NodePlace) {
  await setUpNodeLink(nodeLink(paths, networks, place), { run: runCommand, files: nodeFiles });
  const credentials: AgentCredentials = {
    server: `https://${networks.gateway}:${port}`,
    ca: pki.ca.cert,
    ...pki.nodeCredentials(place.nodeName, place.gateway),
    heartbeatMs: failover?.heartbeatMs,
  };
  await startAgent({ paths, place, credentials, program });
}

async function dnsOf({ controlPlane, networks, log }: NodesOptions): Promise<Dns> {
  return startDns({
    informers: controlPlane.informers,
    clock: realClock,
    random: systemRandom,
    log: log.part("dns"),
    domain: networks.dnsDomain,
    networks: [networks.podCidr, networks.serviceCidr],
    listen: [{ address: networks.gateway, port: 53 }],
    upstreams: nameserversOf(await nodeFiles.readText("/etc/resolv.conf").catch(() => "")),
  });
}
