/**
 * Builds `dist/knarr/`: the program in a few files, so that starting it does not read and strip two hundred.
 * Modules imported lazily stay files of their own. The old build stands until the new one is whole.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { rolldown } from "rolldown";

const NEXT = "dist/next";
const BUILT = "dist/knarr";

const build = await rolldown({
  input: { main: "src/bin/main.ts" },
  platform: "node",
  logLevel: "warn",
});
rmSync(NEXT, { recursive: true, force: true });
await build.write({ dir: NEXT, format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" });
await build.close();
if (existsSync(BUILT)) rmSync(BUILT, { recursive: true });
renameSync(NEXT, BUILT);
