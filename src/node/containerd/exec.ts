import { sleep, type Clock } from "#base/clock.ts";
import { randomSuffix, type Random } from "#base/random.ts";
import type { ExecSession } from "#base/streams.ts";
import type { Files } from "#sys/files.ts";
import { openFifoReader, openFifoWriter, type FifoReader, type FifoWriter } from "#sys/fifo.ts";
import type { GrpcChannel } from "#sys/grpc.ts";
import { mustRun, type RunCommand } from "#sys/process.ts";
import { CONTAINERD, CRI_NAMESPACE } from "./messages.ts";
import { runtimeError, startError } from "./cri_errors.ts";
import { NotFound, RuntimeFailure } from "../runtime_errors.ts";

interface ExecDoors {
  readonly channel: GrpcChannel;
  readonly run: RunCommand;
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  /** Holds the FIFOs of commands under way. */
  readonly directory: string;
}

/** The type under which containerd takes a process description (opencontainers/runtime-spec, version 1). */
const PROCESS_TYPE = "types.containerd.io/opencontainers/runtime-spec/1/Process";
const SIGKILL = 9;
/** How long output may go on after the command's end, when something it left behind holds it open. */
const DRAIN_MS = 2_000;

/** The part of a container's OCI process description that a command in it changes. */
interface ProcessSpec {
  args?: readonly string[];
  terminal?: boolean;
  env?: readonly string[];
}

/** One command under way: which process it is, and the FIFOs that are its streams. */
interface Command {
  readonly ids: { readonly containerId: string; readonly execId: string };
  readonly directory: string;
  readonly stdin?: FifoWriter;
  readonly stdout?: FifoReader;
  readonly stderr?: FifoReader;
}

const options = { metadata: CRI_NAMESPACE } as const;

/**
 * Runs a command in a container with the session's streams, through containerd's Tasks service rather than CRI's Exec:
 * CRI streams over WebSocket have no way to say that stdin has ended, and `cat | kubectl exec -i` would never finish.
 *
 * @returns The exit code; 128 + signal number when a signal ended it.
 * @throws {StartError} If the command cannot be run.
 */
export async function execInContainer(
  doors: ExecDoors,
  containerId: string,
  command: readonly string[],
  session: ExecSession,
  tty: boolean,
): Promise<number> {
  const spec = await processSpec(doors.channel, containerId, command, tty);
  const under = await prepare(doors, containerId, session, tty);
  try {
    await register(doors.channel, under, spec, tty);
    try {
      return await follow(doors, under, session, tty);
    } finally {
      await doors.channel.unary(CONTAINERD.deleteProcess, under.ids, options).catch(() => {});
    }
  } finally {
    under.stdin?.close();
    under.stdout?.destroy();
    under.stderr?.destroy();
    await doors.files.remove(under.directory);
  }
}

/** The container's own process description with the command in its place: same user, environment, limits. */
async function processSpec(
  channel: GrpcChannel,
  id: string,
  command: readonly string[],
  tty: boolean,
): Promise<Uint8Array> {
  const found = await channel.unary(CONTAINERD.getContainer, { id }, options).catch((error: unknown) => {
    throw runtimeError(error);
  });
  const text = new TextDecoder().decode(found.container?.spec?.value);
  const { process } = JSON.parse(text) as { process: ProcessSpec };
  const env = process.env ?? [];
  const withTerm = tty && !env.some((entry) => entry.startsWith("TERM=")) ? [...env, "TERM=xterm"] : env;
  return new TextEncoder().encode(JSON.stringify({ ...process, args: command, terminal: tty, env: withTerm }));
}

async function prepare(doors: ExecDoors, containerId: string, session: ExecSession, tty: boolean): Promise<Command> {
  const execId = `exec-${randomSuffix(doors.random, 12)}`;
  const directory = `${doors.directory}/${execId}`;
  const wanted = { stdin: session.stdin, stdout: session.stdout, stderr: tty ? undefined : session.stderr };
  const names = Object.entries(wanted).flatMap(([name, stream]) => (stream ? [`${directory}/${name}`] : []));
  await doors.files.mkdir(directory, { mode: 0o700 });
  if (names.length > 0) await mustRun(doors.run, ["mkfifo", "-m", "600", ...names]);
  return {
    ids: { containerId, execId },
    directory,
    ...(wanted.stdin && { stdin: openFifoWriter(`${directory}/stdin`) }),
    ...(wanted.stdout && { stdout: openFifoReader(`${directory}/stdout`) }),
    ...(wanted.stderr && { stderr: openFifoReader(`${directory}/stderr`) }),
  };
}

async function register(channel: GrpcChannel, command: Command, spec: Uint8Array, tty: boolean): Promise<void> {
  const path = (name: "stdin" | "stdout" | "stderr"): string => (command[name] ? `${command.directory}/${name}` : "");
  const request = {
    ...command.ids,
    stdin: path("stdin"),
    stdout: path("stdout"),
    stderr: path("stderr"),
    terminal: tty,
    spec: { typeUrl: PROCESS_TYPE, value: spec },
  };
  try {
    await channel.unary(CONTAINERD.exec, request, options);
  } catch (error) {
    const known = runtimeError(error);
    const stopped = known instanceof NotFound || known instanceof RuntimeFailure;
    throw stopped ? new RuntimeFailure(`container ${command.ids.containerId} is not running`, { cause: error }) : known;
  }
}

async function follow(doors: ExecDoors, command: Command, session: ExecSession, tty: boolean): Promise<number> {
  const { channel } = doors;
  // Asked before the start, so that the shortest command's end is not missed.
  const ended = channel.unary(CONTAINERD.wait, command.ids, options);
  ended.catch(() => {});
  await channel.unary(CONTAINERD.start, command.ids, options).catch((error: unknown) => {
    throw startError(error);
  });
  const kill = (): void => {
    channel.unary(CONTAINERD.kill, { ...command.ids, signal: SIGKILL }, options).catch(() => {});
  };
  session.signal.addEventListener("abort", kill, { once: true });
  if (session.signal.aborted) kill();
  const output = Promise.all([copy(command.stdout, session.stdout), copy(command.stderr, session.stderr)]);
  void feed(channel, command, session, tty);
  void resize(channel, command, session);
  try {
    const { exitStatus } = await ended;
    await Promise.race([output, sleep(doors.clock, DRAIN_MS, session.signal).catch(() => {})]);
    return exitStatus;
  } catch (error) {
    throw runtimeError(error);
  } finally {
    session.signal.removeEventListener("abort", kill);
  }
}

async function copy(from: FifoReader | undefined, to: ExecSession["stdout"]): Promise<void> {
  let open = true;
  try {
    for await (const chunk of from ?? []) {
      // A client that went away must not stop the command by a full pipe: go on reading, drop.
      if (open) await to?.write(chunk).catch(() => (open = false));
    }
  } catch {
    // Reading was given up: the session is over.
  }
  to?.end();
}

/** Hands stdin over, and its end: closing the FIFO is not enough, as the shim holds it open itself. */
async function feed(channel: GrpcChannel, command: Command, session: ExecSession, tty: boolean): Promise<void> {
  if (command.stdin === undefined) return;
  try {
    for await (const chunk of session.stdin ?? []) await command.stdin.write(chunk);
    // A terminal has no end of input of its own: closing it would hang up on the command.
    if (tty) return;
    command.stdin.close();
    await channel.unary(CONTAINERD.closeIo, { ...command.ids, stdin: true }, options);
  } catch {
    // The command ended first, or the client broke off: either is seen elsewhere.
  }
}

async function resize(channel: GrpcChannel, command: Command, session: ExecSession): Promise<void> {
  try {
    for await (const { width, height } of session.resize ?? []) {
      await channel.unary(CONTAINERD.resizePty, { ...command.ids, width, height }, options);
    }
  } catch {
    // As for stdin.
  }
}
