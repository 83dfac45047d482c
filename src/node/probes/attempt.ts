import type { Container } from "#api/core/container.ts";
import type { HTTPGetAction, Probe } from "#api/core/probe.ts";
import { AnswerTimeout, DialError, type Dialer } from "#sys/dialer.ts";
import { portOf } from "../ports.ts";
import { ExecTimeout } from "../runtime_errors.ts";
import type { Runtime } from "../runtime.ts";

export interface ProbeTarget {
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
}

export interface ProbeDoors {
  readonly runtime: Runtime;
  readonly dialer: Dialer;
}

/** What one attempt found. */
export interface Attempt {
  readonly success: boolean;
  /** Why not, in kubelet's words. */
  readonly message: string;
}

const SUCCESS: Attempt = { success: true, message: "" };

/** Asks once. Never rejects: what goes wrong is a failed attempt. */
export async function attemptProbe(doors: ProbeDoors, probe: Probe, target: ProbeTarget): Promise<Attempt> {
  const timeoutMs = probe.timeoutSeconds * 1000;
  try {
    if (probe.exec) return await attemptExec(doors.runtime, probe.exec.command ?? [], target, timeoutMs);
    if (probe.httpGet) return await attemptHttp(doors.dialer, probe.httpGet, target, timeoutMs);
    if (probe.tcpSocket) {
      const port = portOf(target.container, probe.tcpSocket.port);
      await doors.dialer.connect(probe.tcpSocket.host || target.podIp, port, timeoutMs);
      return SUCCESS;
    }
    return failure("missing probe handler");
  } catch (error) {
    return failure(error instanceof Error ? error.message : String(error));
  }
}

async function attemptExec(
  runtime: Runtime,
  command: readonly string[],
  { containerId }: ProbeTarget,
  timeoutMs: number,
): Promise<Attempt> {
  try {
    const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, timeoutMs);
    if (exitCode === 0) return SUCCESS;
    return failure(new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  } catch (error) {
    if (!(error instanceof ExecTimeout)) throw error;
    return failure(`command timed out: ${JSON.stringify(command.join(" "))} timed out after ${timeoutMs / 1000}s`);
  }
}

async function attemptHttp(
  dialer: Dialer,
  { host, path, scheme, port: named, httpHeaders = [] }: HTTPGetAction,
  { container, podIp }: ProbeTarget,
  timeoutMs: number,
): Promise<Attempt> {
  const port = portOf(container, named);
  const address = host || podIp;
  const target = path.startsWith("/") ? path : `/${path}`;
  const secure = scheme === "HTTPS" ? "HTTPS" : "HTTP";
  const has = (name: string) => httpHeaders.some((header) => header.name.toLowerCase() === name);
  const headers = httpHeaders.map(({ name, value }) => [name, value] as const);
  if (!has("user-agent")) headers.push(["User-Agent", "kube-probe/1.36"]);
  if (!has("accept")) headers.push(["Accept", "*/*"]);
  const url = `${secure.toLowerCase()}://${address}:${port}${target}`;
  try {
    const { status } = await dialer.get({ scheme: secure, host: address, port, path: target, headers, timeoutMs });
    return status >= 200 && status < 400 ? SUCCESS : failure(`HTTP probe failed with statuscode: ${status}`);
  } catch (error) {
    if (error instanceof AnswerTimeout) {
      const cause = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
      return failure(`Get "${url}": ${cause}`);
    }
    if (error instanceof DialError) return failure(`Get "${url}": ${error.message}`);
    throw error;
  }
}

function failure(message: string): Attempt {
  return { success: false, message };
}
