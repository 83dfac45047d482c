import { sleep, type Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Files } from "#sys/files.ts";
import { GrpcChannel } from "#sys/grpc.ts";
import { machine } from "#sys/machine.ts";
import {
  findProcesses,
  mustRun,
  processArguments,
  processGone,
  signalProcess,
  spawnDetached,
  type RunCommand,
} from "#sys/process.ts";
import {
  cniConfig,
  containerdToml,
  layoutOf,
  PAUSE_IMAGE,
  type ContainerdLayout,
  type ContainerdOptions,
} from "./containerd/config.ts";
import { CRI } from "./containerd/cri_service.ts";
import { pauseArchive } from "./containerd/pause_image.ts";
import { shareNamespaces } from "./netns_directory.ts";
import { RuntimeUnavailable } from "./runtime_errors.ts";

/** What the agent needs of the machine to run a containerd. */
export interface ContainerdDoors {
  readonly run: RunCommand;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
}

/** A first start creates its databases; on a loaded machine that has taken seconds. */
const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 10_000;

/**
 * One node's own containerd: started in a session of its own so that it, and with it every container, outlives this
 * process; found again by its pid file and socket.
 */
export class Containerd {
  readonly layout: ContainerdLayout;
  readonly options: ContainerdOptions;
  readonly #doors: ContainerdDoors;

  constructor(options: ContainerdOptions, doors: ContainerdDoors) {
    this.options = options;
    this.layout = layoutOf(options);
    this.#doors = doors;
  }

  /** Starts it, or adopts the one that runs, and returns once CRI answers and the pause image is there. Idempotent. */
  async start(): Promise<{ adopted: boolean }> {
    const adopted = await this.#adopt();
    if (!adopted) {
      await this.#writeConfig();
      await this.#spawn();
    }
    const channel = new GrpcChannel(this.layout.socket);
    try {
      await this.#answering(channel);
      const pause = await channel.unary(CRI.imageStatus, { image: { image: PAUSE_IMAGE } });
      if (pause.image === undefined) await this.#importPause();
    } finally {
      channel.close();
    }
    return { adopted };
  }

  /** Ends containerd alone; containers go on and are found again at the next start. */
  async stop(): Promise<void> {
    const pid = await this.pid();
    if (pid === undefined) return;
    signalProcess(pid, "SIGTERM");
    if (await processGone(pid, STOP_WITHIN_MS)) return;
    this.#doors.log.warn("containerd did not end in time and is killed", { pid });
    signalProcess(pid, "SIGKILL");
    await processGone(pid, STOP_WITHIN_MS);
  }

  /** The process id of this node's containerd while it lives. */
  async pid(): Promise<number | undefined> {
    const { files } = this.#doors;
    const noted = (await files.exists(this.layout.pidFile)) ? Number(await files.readText(this.layout.pidFile)) : 0;
    // After a reboot the number may belong to anyone, and a crash may have kept it from being noted: the configuration's
    // path on the command line decides.
    const argv = noted > 0 ? processArguments(noted) : undefined;
    return argv !== undefined && this.#isOurs(argv) ? noted : findProcesses((each) => this.#isOurs(each))[0];
  }

  #isOurs([program, flag, config]: readonly string[]): boolean {
    return program?.endsWith("containerd") === true && flag === "--config" && config === this.layout.config;
  }

  async #adopt(): Promise<boolean> {
    const pid = await this.pid();
    if (pid === undefined) return false;
    this.#doors.log.debug("containerd is running already", { pid });
    return true;
  }

  async #writeConfig(): Promise<void> {
    const { files } = this.#doors;
    await files.mkdir(`${this.options.directory}/cni/net.d`, { mode: 0o711 });
    await files.mkdir(`${this.options.directory}/certs.d`);
    await files.writeFile(this.layout.config, containerdToml(this.options));
    await files.writeFile(this.layout.cniConfig, cniConfig(this.options));
  }

  async #spawn(): Promise<void> {
    const { netnsPath } = this.options;
    const command = ["containerd", "--config", this.layout.config];
    // Not `ip netns exec`: its own mount namespace hides the cgroup mounts, and runc then finds none.
    const argv = netnsPath === undefined ? command : ["nsenter", `--net=${netnsPath}`, ...command];
    await shareNamespaces(`${this.layout.network}-first`, this.#doors);
    const pid = await spawnDetached(argv, this.layout.log);
    await this.#doors.files.writeFile(this.layout.pidFile, `${pid}\n`);
  }

  async #answering(channel: GrpcChannel): Promise<void> {
    const { clock } = this.#doors;
    const until = clock.monotonic() + READY_WITHIN_MS;
    for (;;) {
      try {
        await channel.unary(CRI.version, {}, { timeoutMs: 2_000 });
        return;
      } catch (error) {
        const dead = (await this.pid()) === undefined;
        if (dead || clock.monotonic() > until) {
          const what = dead ? "ended" : "does not answer";
          throw new RuntimeUnavailable(`containerd ${what}; see ${this.layout.log}`, { cause: error });
        }
        await sleep(clock, 10);
      }
    }
  }

  async #importPause(): Promise<void> {
    const { run, files } = this.#doors;
    await files.writeFile(this.layout.pauseArchive, pauseArchive(PAUSE_IMAGE, machine.architecture));
    await mustRun(run, ["ctr", "-a", this.layout.socket, "-n", "k8s.io", "images", "import", this.layout.pauseArchive]);
    await files.remove(this.layout.pauseArchive);
  }
}
