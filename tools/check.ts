/**
 * `npm run check`: what a contributor runs before a commit. Every step is named, timed, and says what to do.
 * `npm run check -- --fast` leaves the unit tests out.
 */
import { spawnSync } from "node:child_process";
import { argv, stdout } from "node:process";
import { styleText } from "node:util";
import { conformance } from "./checks/conformance.ts";
import { deadExports } from "./checks/dead_exports.ts";
import { docExamples } from "./checks/doc_examples.ts";
import { fileSizes } from "./checks/file_sizes.ts";
import { importTable } from "./checks/import_table.ts";
import { roomReadmes } from "./checks/room_readmes.ts";

const SOURCES = ["src", "test", "tools", "bench"];

/** A step's problems; none means it passed. */
type Step = readonly [name: string, run: () => string[]];

/** Runs a program of node_modules/.bin and makes its output the problem when it fails. */
function program(command: string, ...args: string[]): () => string[] {
  return () => {
    const run = spawnSync(`node_modules/.bin/${command}`, args, { encoding: "utf8" });
    return run.status === 0 ? [] : [`${run.stdout}${run.stderr}`.trim()];
  };
}

function unitTests(): string[] {
  const run = spawnSync(
    process.execPath,
    ["--test", "--test-isolation=none", "--test-reporter=dot", "src/**/*.test.ts", "bench/**/*.test.ts"],
    {
      encoding: "utf8",
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    },
  );
  return run.status === 0 ? [] : [run.stdout.split("\n").slice(-80).join("\n"), run.stderr.trim()];
}

const steps: readonly Step[] = [
  ["types", program("tsc", "--noEmit")],
  ["lint", program("oxlint", "--deny-warnings", ...SOURCES)],
  ["format", program("oxfmt", "--check", ...SOURCES)],
  ["import table", importTable],
  ["file sizes", fileSizes],
  ["room READMEs", roomReadmes],
  ["dead exports", deadExports],
  ["conformance lists", conformance],
  ["examples in the docs", docExamples],
  ["unit tests", unitTests],
];

const wanted = argv.includes("--fast") ? steps.filter(([name]) => name !== "unit tests") : steps;
let failed = 0;
for (const [name, run] of wanted) {
  const start = performance.now();
  const problems = run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const mark = problems.length === 0 ? styleText("green", "ok  ") : styleText("red", "FAIL");
  stdout.write(`${mark} ${name} ${styleText("dim", `${seconds} s`)}\n`);
  for (const problem of problems) stdout.write(`${problem}\n`);
  if (problems.length > 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
