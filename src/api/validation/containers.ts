import type { Container, EphemeralContainer } from "../core/container.ts";
import type { PodSpec } from "../core/pod_spec.ts";
import {
  checkContainer,
  checkHostPorts,
  checkImageText,
  checkRestartPolicy,
  type ContainerContext,
} from "./container.ts";
import { checkLifecycle, checkProbe, type HandlerContext } from "./probes.ts";
import type { Report } from "./report.ts";

type Context = ContainerContext & HandlerContext;

export function checkContainers(
  report: Report,
  path: string,
  containers: readonly Container[],
  context: Context,
): void {
  if (containers.length === 0) {
    report.required(path);
    return;
  }
  const names = new Set<string>();
  for (const [i, container] of containers.entries()) {
    const at = `${path}[${i}]`;
    checkContainer(report, at, container, context);
    if (names.has(container.name)) report.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    checkHandlers(report, at, container, context);
    checkRestartPolicy(report, at, container);
  }
  checkHostPorts(report, path, containers);
}

function checkHandlers(report: Report, path: string, container: Container, context: HandlerContext): void {
  checkLifecycle(report, `${path}.lifecycle`, container.lifecycle, context);
  checkProbe(report, `${path}.livenessProbe`, container.livenessProbe, "liveness", context);
  checkProbe(report, `${path}.readinessProbe`, container.readinessProbe, "readiness", context);
  checkProbe(report, `${path}.startupProbe`, container.startupProbe, "startup", context);
}

export function checkInitContainers(report: Report, path: string, spec: PodSpec, context: Context): void {
  if (!spec.initContainers?.length) return;
  const names = new Set(spec.containers.map((container) => container.name));
  for (const [i, container] of spec.initContainers.entries()) {
    const at = `${path}[${i}]`;
    const isSidecar = container.restartPolicy === "Always";
    checkContainer(report, at, container, context);
    checkRestartPolicy(report, at, container);
    if (names.has(container.name)) report.duplicate(`${at}.name`, container.name);
    else if (container.name !== "") names.add(container.name);
    checkHostPorts(report, path, [container]);
    if (isSidecar) {
      checkHandlers(report, at, container, context);
      continue;
    }
    for (const name of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const) {
      if (container[name] !== undefined) {
        report.forbidden(`${at}.${name}`, "may not be set for init containers without restartPolicy=Always");
      }
    }
    for (const [j, policy] of (container.resizePolicy ?? []).entries()) {
      if (policy.restartPolicy !== "RestartContainer") continue;
      const rule = "must not be set to 'RestartContainer' for non-sidecar initContainers";
      report.invalid(`${at}.resizePolicy[${j}].restartPolicy`, policy.restartPolicy, rule);
    }
  }
}

/** What an ephemeral container may not have: it is for looking, not for serving. */
const NOT_EPHEMERAL = [
  "ports",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
] as const;

export function checkEphemeralContainers(report: Report, path: string, spec: PodSpec, context: Context): void {
  if (!spec.ephemeralContainers?.length) return;
  const others = new Set([...spec.containers, ...(spec.initContainers ?? [])].map((container) => container.name));
  const names = new Set(others);
  for (const [i, container] of spec.ephemeralContainers.entries()) {
    const at = `${path}[${i}]`;
    checkContainer(report, at, container, context);
    checkImageText(report, at, container.image);
    if (names.has(container.name)) report.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !others.has(target)) report.notFound(`${at}.targetContainerName`, target);
    checkEphemeralFields(report, at, container);
  }
}

function checkEphemeralFields(report: Report, path: string, container: EphemeralContainer): void {
  const rule = "cannot be set for an Ephemeral Container";
  for (const name of NOT_EPHEMERAL) {
    const value = container[name];
    // Absent lists and resources are stored as empty ones.
    const isSet =
      Array.isArray(value) || name === "resources" ? Object.keys(value ?? {}).length > 0 : value !== undefined;
    if (isSet) report.forbidden(`${path}.${name}`, rule);
  }
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    if (mount.subPath) report.forbidden(`${path}.volumeMounts[${i}].subPath`, rule);
    if (mount.subPathExpr) report.forbidden(`${path}.volumeMounts[${i}].subPathExpr`, rule);
  }
}

/** Every container of a pod with its path, in Kubernetes' order. */
export function* allContainers(spec: PodSpec, path: string): Generator<[string, Container]> {
  for (const field of ["initContainers", "containers", "ephemeralContainers"] as const) {
    for (const [i, container] of (spec[field] ?? []).entries()) yield [`${path}.${field}[${i}]`, container];
  }
}
