import type { Container } from "#api/core/container.ts";
import type { LifecycleHandler } from "#api/core/probe.ts";
import { sleep } from "#base/clock.ts";
import type { PodContext } from "./pod_context.ts";
import { portOf } from "./ports.ts";

/** An HTTP hook waits this long for its answer. */
const HTTP_TIMEOUT_MS = 30_000;

/** Runs a postStart or preStop hook to its end. Rejects when it fails; the message says how. */
export async function runHook(
  context: PodContext,
  hook: LifecycleHandler,
  target: { readonly container: Container; readonly containerId: string; readonly podIp: string },
): Promise<void> {
  const { runtime, dialer, clock } = context;
  const { container, containerId, podIp } = target;
  if (hook.exec) {
    const { exitCode, stdout, stderr } = await runtime.execSync(containerId, hook.exec.command ?? [], 0);
    if (exitCode === 0) return;
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    throw new Error(`command '${(hook.exec.command ?? []).join(" ")}' exited with ${exitCode}: ${output}`);
  }
  if (hook.sleep) {
    await sleep(clock, hook.sleep.seconds * 1000);
    return;
  }
  if (hook.httpGet === undefined) return;
  const { host, path, scheme, httpHeaders = [], port } = hook.httpGet;
  const headers = httpHeaders.map(({ name, value }) => [name, value] as const);
  const secure = scheme === "HTTPS" ? "HTTPS" : "HTTP";
  const number = portOf(container, port);
  await dialer.get({ scheme: secure, host: host || podIp, port: number, path, headers, timeoutMs: HTTP_TIMEOUT_MS });
}
