/**
 * The real thing: stock kubectl against a running Knarr with real containers. One process and one cluster for all
 * suites; each suite has namespaces of its own, so most run side by side. Needs root, containerd and kubectl.
 */
import { after, describe } from "node:test";
import { Cluster } from "./cluster.ts";
import { changes } from "./suites/changes.ts";
import { commands } from "./suites/commands.ts";
import { config } from "./suites/config.ts";
import { containers } from "./suites/containers.ts";
import { crash } from "./suites/crash.ts";
import { debugging } from "./suites/debugging.ts";
import { guestbook } from "./suites/guestbook.ts";
import { identity } from "./suites/identity.ts";
import { jobs } from "./suites/jobs.ts";
import { kinds } from "./suites/kinds.ts";
import { lifecycle } from "./suites/lifecycle.ts";
import { load } from "./suites/load.ts";
import { minutes } from "./suites/minutes.ts";
import { network } from "./suites/network.ts";
import { nodes } from "./suites/nodes.ts";
import { placement } from "./suites/placement.ts";
import { probes } from "./suites/probes.ts";
import { purge } from "./suites/purge.ts";
import { rollouts } from "./suites/rollout.ts";
import { services } from "./suites/services.ts";
import { sessions } from "./suites/sessions.ts";
import { tutorial } from "./suites/tutorial.ts";
import { updates } from "./suites/updates.ts";
import { volumes } from "./suites/volumes.ts";
import { watching } from "./suites/watching.ts";
import { wrongInput } from "./suites/wrong_input.ts";

const cluster = await Cluster.start();

describe("a cluster of real containers", { timeout: 600_000 }, () => {
  after(() => cluster.purge());

  describe("side by side", { concurrency: 5 }, () => {
    minutes(cluster);
    tutorial(cluster, cluster.everyKubectl());
    rollouts(cluster);
    changes(cluster, cluster.everyKubectl());
    wrongInput(cluster);
    sessions(cluster, cluster.everyKubectl());
    debugging(cluster, cluster.everyKubectl());
    probes(cluster);
    updates(cluster);
    commands(cluster);
    kinds(cluster);
    jobs(cluster);
    placement(cluster);
    watching(cluster);
    lifecycle(cluster);
    config(cluster);
    identity(cluster);
    guestbook(cluster);
    network(cluster);
    services(cluster);
    containers(cluster);
    volumes(cluster);
  });

  load(cluster);
  crash(cluster);
});

purge();
nodes();
