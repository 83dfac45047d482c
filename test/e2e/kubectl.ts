import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { until } from "./until.ts";
import { run, type Run, type RunOptions } from "./run.ts";

/** Where Google's packages put one binary for each minor version. */
const VERSIONED = "/usr/lib/google-cloud-sdk/bin";

/**
 * The kubectl programs to test with: `$KNARR_KUBECTL` alone when set; else the oldest and the newest of those with a
 * version in their name; else the one on PATH.
 *
 * @throws {Error} If there is none: without kubectl nothing here is tested, and that must not look like success.
 */
export function kubectlPrograms(): readonly [string, ...string[]] {
  const named = process.env["KNARR_KUBECTL"];
  if (named) return [named];
  const versions = existsSync(VERSIONED)
    ? readdirSync(VERSIONED)
        .filter((name) => /^kubectl\.1\.\d+$/.test(name))
        .sort((a, b) => minorOf(b) - minorOf(a))
        .map((name) => join(VERSIONED, name))
    : [];
  const [newest, oldest] = [versions.at(0), versions.at(-1)];
  if (newest !== undefined && oldest !== undefined) return newest === oldest ? [newest] : [newest, oldest];
  for (const directory of (process.env["PATH"] ?? "").split(":")) {
    const program = join(directory, "kubectl");
    if (isExecutable(program)) return [program];
  }
  throw new Error("There is no kubectl: put one on PATH, or name one in $KNARR_KUBECTL (`./knarr test` fetches one)");
}

function minorOf(name: string): number {
  return Number(name.split(".").at(-1));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first minor version of kubectl whose `wait` knows jsonpath. */
const WAITS_FOR_JSONPATH = 23;

/** Arguments as a list, or as one line when none holds a space. */
export type Args = string | readonly string[];

/** The real kubectl, in one namespace of the cluster. */
export class Kubectl {
  readonly program: string;
  readonly namespace: string;
  readonly env: Readonly<Record<string, string>>;

  constructor(program: string, env: Readonly<Record<string, string>>, namespace: string) {
    this.program = program;
    this.env = env;
    this.namespace = namespace;
  }

  /** The same program in another namespace. */
  in(namespace: string): Kubectl {
    return new Kubectl(this.program, this.env, namespace);
  }

  run(args: Args, options: RunOptions = {}): Promise<Run> {
    return run(this.program, this.argv(args), { env: this.env, ...options });
  }

  /** What it prints; fails the test when it fails. */
  async ok(args: Args, options: RunOptions = {}): Promise<string> {
    const { stdout, stderr, code } = await this.run(args, options);
    assert.equal(code, 0, `kubectl ${lineOf(args)}\n${stdout}${stderr}`);
    return stdout;
  }

  /** What it complains; fails the test when it succeeds. */
  async fails(args: Args, options: RunOptions = {}): Promise<string> {
    const { stdout, stderr, code } = await this.run(args, options);
    assert.notEqual(code, 0, `kubectl ${lineOf(args)} must fail, and printed\n${stdout}${stderr}`);
    return stderr;
  }

  /** Waits until a field, by its JSONPath, has a value; `target` is as for `get`. */
  async awaitField(target: string, path: string, value: string, timeoutSeconds: number): Promise<void> {
    if ((await this.minor()) >= WAITS_FOR_JSONPATH) {
      await this.ok(`wait --for=jsonpath=${path}=${value} ${target} --timeout=${timeoutSeconds}s`);
      return;
    }
    const look = async () => (await this.run(`get ${target} -o jsonpath=${asOneOf(target, path)}`)).stdout === value;
    await until(`${path} of ${target} is ${value}`, look, timeoutSeconds * 1000);
  }

  /** Waits until what `target` names is gone. Old ones complain when it is gone already. */
  async awaitGone(target: string, timeoutSeconds = 100): Promise<void> {
    const { code, stderr } = await this.run(`wait --for=delete ${target} --timeout=${timeoutSeconds}s`);
    const isGone = code === 0 || /\(NotFound\)|no matching resources found/.test(stderr);
    assert.ok(isGone, `kubectl wait --for=delete ${target}\n${stderr}`);
  }

  /** 27 for kubectl 1.27. */
  async minor(): Promise<number> {
    const { clientVersion } = await this.json<{ clientVersion: { minor: string } }>("version --client");
    return Number.parseInt(clientVersion.minor, 10);
  }

  /** An object, or a list's items under `items`. */
  async json<T>(args: Args): Promise<T> {
    return JSON.parse(await this.ok([...listOf(args), "-o", "json"])) as T;
  }

  /** Applies objects written as JSON values. */
  apply(...objects: readonly object[]): Promise<string> {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    return this.ok("apply -f -", { stdin: JSON.stringify(list) });
  }

  /** Started, and left to run; the caller ends it. */
  start(args: Args): ChildProcessWithoutNullStreams {
    return spawn(this.program, this.argv(args), { env: this.env, stdio: ["pipe", "pipe", "pipe"] });
  }

  argv(args: Args): string[] {
    return ["-n", this.namespace, ...listOf(args)];
  }
}

/** What a selector finds is a list, and the path is that of its first item. */
function asOneOf(target: string, path: string): string {
  return target.includes(" -l ") ? path.replace("{.", "{.items[0].") : path;
}

function listOf(args: Args): readonly string[] {
  return typeof args === "string" ? args.split(" ") : args;
}

function lineOf(args: Args): string {
  return listOf(args).join(" ");
}
