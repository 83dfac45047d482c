import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { env } from "node:process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { GrpcChannel, type GrpcMethod } from "#sys/grpc.ts";
import { bool, bytes, int32, message, messages, nested } from "#sys/protobuf.ts";

const START_MS = 20_000;
/** Where an unpacked `etcd-server` package is looked for when none is installed (README.md says how it gets there). */
const CACHE = join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "knarr", "etcd", "usr", "bin");

/** The program, when this machine has it. */
export function findEtcd(): string | undefined {
  const directories = [...(env["PATH"] ?? "").split(delimiter), CACHE];
  return directories.map((directory) => join(directory, "etcd")).find((path) => existsSync(path));
}

/** `3.4.23` and the like. */
export function etcdVersion(program: string): string {
  return /etcd Version: (\S+)/.exec(spawnSync(program, ["--version"], { encoding: "utf8" }).stdout)?.[1] ?? "unknown";
}

/** An etcd of one member with an empty store, on a unix socket. */
export class Etcd implements AsyncDisposable {
  readonly socketPath: string;
  readonly #directory: string;
  readonly #child: ChildProcess;

  private constructor(directory: string, child: ChildProcess, socketPath: string) {
    this.#directory = directory;
    this.#child = child;
    this.socketPath = socketPath;
  }

  /** Resolves when it takes writes. */
  static async start(program: string): Promise<Etcd> {
    const directory = await mkdtemp(join(tmpdir(), "knarr-bench-etcd-"));
    const urls = { client: "unix://clients:1", peer: "unix://peers:1" };
    const args = Object.entries({
      "data-dir": join(directory, "data"),
      "log-level": "error",
      "listen-client-urls": urls.client,
      "advertise-client-urls": urls.client,
      "listen-peer-urls": urls.peer,
      "initial-advertise-peer-urls": urls.peer,
      "initial-cluster": `default=${urls.peer}`,
    }).map(([name, value]) => `--${name}=${value}`);
    const child = spawn(program, args, { cwd: directory, stdio: "ignore" });
    const etcd = new Etcd(directory, child, join(directory, "clients:1"));
    const writer = new EtcdWriter(etcd.socketPath);
    for (let waitedMs = 0; !(await writer.create("/ready", Buffer.from("x")).catch(() => false)); waitedMs += 50) {
      if (waitedMs >= START_MS || child.exitCode !== null) throw new Error("etcd does not start");
      await sleep(50);
    }
    writer.close();
    return etcd;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Field numbers of etcdserverpb (etcd-io/etcd api/etcdserverpb/rpc.proto). */
const PutRequest = message({ key: bytes(1), value: bytes(2) });
const RequestOp = message({ put: nested(2, PutRequest) });
const Compare = message({ target: int32(2), key: bytes(3) });
const TxnRequest = message({ compare: messages(1, Compare), success: messages(2, RequestOp) });
const TxnResponse = message({ succeeded: bool(2) });
/** Compare.CREATE; its revision, left out, is 0: the key must not be there. */
const CREATE = 1;

const TXN: GrpcMethod<Parameters<typeof TxnRequest.encode>[0], { readonly succeeded: boolean }> = {
  path: "/etcdserverpb.KV/Txn",
  request: TxnRequest,
  response: TxnResponse,
};

/** A client of etcd that writes as kube-apiserver does: what is created must not be there. */
export class EtcdWriter {
  readonly #channel: GrpcChannel;

  constructor(socketPath: string) {
    this.#channel = new GrpcChannel(socketPath);
  }

  /** Resolves when it is on disk; false when the key is there already. */
  async create(key: string, value: Uint8Array): Promise<boolean> {
    const name = Buffer.from(key);
    const put = { put: { key: name, value } };
    const answer = await this.#channel.unary(TXN, { compare: [{ target: CREATE, key: name }], success: [put] });
    return answer.succeeded;
  }

  close(): void {
    this.#channel.close();
  }
}
