import { realClock, sleep } from "#base/clock.ts";
import type { ClusterPaths } from "#cli/paths.ts";
import { CommandFailure } from "#cli/failure.ts";
import { createClient } from "#client/http_client.ts";
import { InformerFactory } from "#client/informer.ts";
import { NODE_LINK_NAME } from "#proxy/node_link.ts";
import { nodeFiles } from "#sys/files.ts";
import { httpsTransport } from "#sys/http/client.ts";
import { remoteHandler } from "#sys/http/remote_handler.ts";
import { systemRandom } from "#sys/random.ts";
import { keepAgentCertificates } from "./agent_certificates.ts";
import { keepCredentials, type AgentCredentials } from "./agents.ts";
import { nodePlaces } from "./kept_nodes.ts";
import { lineLog } from "./line_log.ts";
import { keptNetworks } from "./networks.ts";
import { startNode, type NodeNeighbourhood, type RunningNode } from "./node.ts";

/** Between attempts to start while the API does not answer. */
const RETRY_MS = 1_000;

/** Runs one further node of a cluster in this process, which stands in the node's namespace, until SIGTERM or SIGINT. */
export async function serveAgent(paths: ClusterPaths, number: number): Promise<void> {
  const log = lineLog(
    (line) => process.stderr.write(line),
    () => realClock.now(),
  );
  const stopped = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopped.abort());
  const place = (await nodePlaces(nodeFiles, paths)).find((each) => each.number === number);
  if (place === undefined || !(await nodeFiles.exists(place.agent.credentials))) {
    throw new CommandFailure(`cluster "${paths.name}" has no node ${number}`, `Start it: ./knarr up --nodes ${number}`);
  }
  const text = await nodeFiles.readText(place.agent.credentials);
  const credentials = JSON.parse(text) as AgentCredentials;
  const { server, heartbeatMs } = credentials;
  const transport = httpsTransport({ server, ...tlsOf(credentials).asClient });
  const client = createClient(remoteHandler(transport.send), `system:node:${place.nodeName}`);
  const informers = new InformerFactory({
    client,
    clock: realClock,
    random: systemRandom,
    log: log.part("informers"),
  });
  const options = {
    cluster: paths.name,
    place,
    networks: await keptNetworks(nodeFiles, paths),
    client,
    informers,
    log,
    heartbeatMs,
    neighbourhood: { ...tlsOf(credentials), link: NODE_LINK_NAME },
  };
  let node: RunningNode | undefined;
  while (node === undefined && !stopped.signal.aborted) {
    try {
      node = await startNode(options);
      log.info("the node is ready", { node: place.nodeName });
    } catch (error) {
      log.warn("the node cannot start yet", { error });
      await sleep(realClock, RETRY_MS, stopped.signal).catch(() => {});
    }
  }
  const stopRenewal = keepAgentCertificates({
    place,
    credentials,
    client,
    clock: realClock,
    random: systemRandom,
    log: log.part("certificates"),
    keep: (renewed) => keepCredentials(place, renewed),
    use: (renewed) => {
      transport.renew(renewed.client);
      node?.renew(tlsOf(renewed));
    },
  });
  if (!stopped.signal.aborted) await new Promise((resolve) => stopped.signal.addEventListener("abort", resolve));
  log.info("stopping");
  stopRenewal();
  await node?.stop();
  await informers.stop();
  transport.close();
  process.exit();
}

/** How the agent serves, and as whom it comes to other nodes. */
function tlsOf({ ca, client, door }: AgentCredentials): Pick<NodeNeighbourhood, "door" | "asClient"> {
  return { door: { ...door, clientCa: ca }, asClient: { ...client, ca } };
}
