import type { ExecAction, HTTPGetAction, Lifecycle, Probe, SleepAction } from "../core/probe.ts";
import { Lifecycle as LifecycleSchema } from "../core/probe.ts";
import { httpHeaderName, portName, portNumber } from "./names.ts";
import type { Report } from "./report.ts";

interface Handler {
  readonly exec?: ExecAction | undefined;
  readonly httpGet?: HTTPGetAction | undefined;
  readonly tcpSocket?: { readonly port: number | string } | undefined;
  readonly grpc?: { readonly port: number } | undefined;
  readonly sleep?: SleepAction | undefined;
}

/** What a container's checks need of its pod. */
export interface HandlerContext {
  /** terminationGracePeriodSeconds of the pod. */
  readonly gracePeriod: number | undefined;
  readonly os: string | undefined;
}

export function checkPort(report: Report, path: string, port: number | string): void {
  if (typeof port === "number") report.checkNumber(path, port, portNumber);
  else report.check(path, port, portName);
}

function checkHandler(report: Report, path: string, handler: Handler, { gracePeriod }: HandlerContext): void {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  const checks: [string, (() => void) | undefined][] = [
    ["exec", exec && (() => exec.command?.length || report.required(`${path}.exec.command`))],
    ["httpGet", httpGet && (() => checkHttpGet(report, `${path}.httpGet`, httpGet))],
    ["tcpSocket", tcpSocket && (() => checkPort(report, `${path}.tcpSocket.port`, tcpSocket.port))],
    ["grpc", grpc && (() => checkPort(report, `${path}.grpc.port`, grpc.port))],
    ["sleep", sleep && (() => checkSleep(report, `${path}.sleep`, sleep.seconds, gracePeriod))],
  ];
  const given = checks.filter(([, check]) => check !== undefined);
  given[0]?.[1]?.();
  for (const [name] of given.slice(1)) report.forbidden(`${path}.${name}`, "may not specify more than 1 handler type");
  if (given.length === 0) report.required(path, "must specify a handler type");
}

function checkHttpGet(report: Report, path: string, get: HTTPGetAction): void {
  if (get.path === "") report.required(`${path}.path`);
  checkPort(report, `${path}.port`, get.port);
  if (get.scheme !== "HTTP" && get.scheme !== "HTTPS")
    report.notSupported(`${path}.scheme`, get.scheme, ["HTTP", "HTTPS"]);
  for (const header of get.httpHeaders ?? []) report.check(`${path}.httpHeaders`, header.name, httpHeaderName);
}

function checkSleep(report: Report, path: string, seconds: number, gracePeriod: number | undefined): void {
  if (gracePeriod === undefined || (seconds >= 0 && seconds <= gracePeriod)) return;
  report.invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`);
}

/** Checks one of a container's three probes. */
export function checkProbe(
  report: Report,
  path: string,
  probe: Probe | undefined,
  role: "liveness" | "readiness" | "startup",
  context: HandlerContext,
): void {
  if (probe === undefined) return;
  checkHandler(report, path, probe, context);
  const counts = [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ] as const;
  for (const count of counts) report.nonNegative(`${path}.${count}`, probe[count]);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    report.invalid(`${path}.terminationGracePeriodSeconds`, grace, "must be greater than 0");
  }
  if (role === "readiness") {
    if (grace !== undefined) {
      report.invalid(`${path}.terminationGracePeriodSeconds`, grace, "must not be set for readinessProbes");
    }
  } else if (probe.successThreshold !== 1) {
    report.invalid(`${path}.successThreshold`, probe.successThreshold, "must be 1");
  }
}

const STOP_SIGNALS: Readonly<Record<string, readonly string[] | undefined>> = {
  linux: LifecycleSchema.fields.stopSignal.enum,
  windows: ["SIGKILL", "SIGTERM"],
};

export function checkLifecycle(
  report: Report,
  path: string,
  lifecycle: Lifecycle | undefined,
  context: HandlerContext,
): void {
  if (lifecycle === undefined) return;
  if (lifecycle.postStart) checkHandler(report, `${path}.postStart`, lifecycle.postStart, context);
  if (lifecycle.preStop) checkHandler(report, `${path}.preStop`, lifecycle.preStop, context);
  const { stopSignal } = lifecycle;
  if (stopSignal === undefined) return;
  const supported = STOP_SIGNALS[context.os ?? ""];
  if (context.os === undefined) {
    report.forbidden(`${path}.stopSignal`, "may not be set for containers with empty `spec.os.name`");
  } else if (supported !== undefined && !supported.includes(stopSignal)) {
    report.notSupported(`${path}.stopSignal`, stopSignal, supported);
  }
}
