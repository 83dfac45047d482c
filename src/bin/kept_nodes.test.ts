import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterPaths } from "#cli/paths.ts";
import { memoryFiles } from "#sys/memory_files.ts";
import { chooseNodes, keepNodes, type NodeChoice } from "./kept_nodes.ts";

const paths = clusterPaths("test", { isRoot: true, env: {} });

test("a cluster has the nodes it had, simulated ones and their stages included, and may grow", async () => {
  const files = memoryFiles();
  await files.mkdir(paths.data);
  const start = async (asked: Partial<NodeChoice>) => {
    const choice = await chooseNodes(files, paths, asked);
    await keepNodes(files, paths, choice);
    return choice;
  };
  const first = await start({ count: 0, simulated: 3, stages: "/stages" });
  assert.deepEqual(first, { count: 0, simulated: 3, stages: "/stages", fastFailover: false });
  assert.deepEqual(await start({}), first);
  const grown = { count: 0, simulated: 5, stages: "/others", fastFailover: true };
  assert.deepEqual(await start({ simulated: 5, stages: "/others", fastFailover: true }), grown);
  assert.deepEqual(await start({ simulated: 2 }), grown, "nodes with pods are not taken away");
});

test("a new cluster has one node, and so has one whose file says nothing of simulated nodes", async () => {
  const files = memoryFiles();
  await files.mkdir(paths.data);
  assert.deepEqual(await chooseNodes(files, paths, {}), { count: 1, simulated: 0, fastFailover: false });
  await files.writeFile(`${paths.data}/nodes.json`, '{"count":2,"fastFailover":true}');
  assert.deepEqual(await chooseNodes(files, paths, {}), { count: 2, simulated: 0, fastFailover: true });
});
