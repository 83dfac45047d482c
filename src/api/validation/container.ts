import type {
  Container,
  ContainerPort,
  ContainerResizePolicy,
  ContainerRestartRule,
  VolumeMount,
} from "../core/container.ts";
import type { VolumeSource } from "../core/volume.ts";
import { checkEnv, checkEnvFrom } from "./env.ts";
import { dnsLabel, portName, portNumber } from "./names.ts";
import { checkDescendingPath } from "./paths.ts";
import type { Report } from "./report.ts";
import { checkRequirements } from "./resources.ts";
import { checkContainerSecurity } from "./security.ts";

/** What the checks of a container need of its pod. */
export interface ContainerContext {
  readonly volumes: ReadonlyMap<string, VolumeSource>;
  readonly podClaims: ReadonlySet<string>;
  readonly restartPolicy: string;
  readonly hostUsers: boolean;
}

/** What containers of all three sorts have in common. */
export function checkContainer(report: Report, path: string, container: Container, context: ContainerContext): void {
  if (container.name === "") report.required(`${path}.name`);
  else report.check(`${path}.name`, container.name, dnsLabel);
  if (!container.image) report.required(`${path}.image`);
  report.oneOf(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, [
    "File",
    "FallbackToLogsOnError",
  ]);
  checkPorts(report, `${path}.ports`, container.ports ?? []);
  checkEnv(report, `${path}.env`, container.env ?? []);
  checkEnvFrom(report, `${path}.envFrom`, container.envFrom ?? []);
  checkMounts(report, `${path}.volumeMounts`, container, context);
  checkDevices(report, `${path}.volumeDevices`, container, context);
  checkPullPolicy(report, `${path}.imagePullPolicy`, container.imagePullPolicy);
  checkRequirements(report, `${path}.resources`, container.resources, {
    podClaims: context.podClaims,
    level: "container",
  });
  checkResizePolicy(report, `${path}.resizePolicy`, container.resizePolicy ?? [], context.restartPolicy);
  checkContainerSecurity(report, `${path}.securityContext`, container.securityContext, context.hostUsers);
}

export function checkPullPolicy(report: Report, path: string, policy: string | undefined): void {
  report.oneOf(path, policy, ["Always", "IfNotPresent", "Never"]);
}

const PROTOCOLS = ["SCTP", "TCP", "UDP"];

/** The protocol of a port. */
export function checkProtocol(report: Report, path: string, protocol: string | undefined): void {
  report.oneOf(path, protocol, PROTOCOLS);
}

function checkPorts(report: Report, path: string, ports: readonly ContainerPort[]): void {
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const at = `${path}[${i}]`;
    if (port.name && report.check(`${at}.name`, port.name, portName)) {
      if (names.has(port.name)) report.duplicate(`${at}.name`, port.name);
      names.add(port.name);
    }
    if (port.containerPort === 0) report.required(`${at}.containerPort`);
    else report.checkNumber(`${at}.containerPort`, port.containerPort, portNumber);
    if (port.hostPort) report.checkNumber(`${at}.hostPort`, port.hostPort, portNumber);
    checkProtocol(report, `${at}.protocol`, port.protocol);
  }
}

/** Two containers of a pod may not take the same port of the node. */
export function checkHostPorts(report: Report, path: string, containers: readonly Container[]): void {
  const taken = new Set<string>();
  for (const [i, container] of containers.entries()) {
    for (const [j, port] of (container.ports ?? []).entries()) {
      if (!port.hostPort) continue;
      const key = `${port.protocol}/${port.hostIP ?? ""}/${port.hostPort}`;
      if (taken.has(key)) report.duplicate(`${path}[${i}].ports[${j}].hostPort`, key);
      taken.add(key);
    }
  }
}

function checkMounts(report: Report, path: string, container: Container, { volumes }: ContainerContext): void {
  const devices = container.volumeDevices ?? [];
  const paths = new Set<string>();
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (mount.name === "") report.required(`${at}.name`);
    if (!volumes.has(mount.name)) report.notFound(`${at}.name`, mount.name);
    if (mount.mountPath === "") report.required(`${at}.mountPath`);
    if (paths.has(mount.mountPath)) report.invalid(`${at}.mountPath`, mount.mountPath, "must be unique");
    paths.add(mount.mountPath);
    if (devices.some((device) => device.name === mount.name)) {
      report.invalid(`${at}.name`, mount.name, "must not already exist in volumeDevices");
    }
    if (devices.some((device) => device.devicePath === mount.mountPath)) {
      report.invalid(`${at}.mountPath`, mount.mountPath, "must not already exist as a path in volumeDevices");
    }
    checkSubPath(report, path, at, mount);
    checkPropagation(report, `${path}.mountPropagation`, mount, container);
    checkRecursiveReadOnly(report, `${path}.recursiveReadOnly`, mount);
  }
}

function checkSubPath(report: Report, path: string, at: string, { subPath, subPathExpr }: VolumeMount): void {
  if (subPath) checkDescendingPath(report, `${path}.subPath`, subPath);
  if (!subPathExpr) return;
  if (subPath) report.invalid(`${at}.subPathExpr`, subPathExpr, "subPathExpr and subPath are mutually exclusive");
  checkDescendingPath(report, `${path}.subPathExpr`, subPathExpr);
}

function checkPropagation(
  report: Report,
  path: string,
  { mountPropagation: mode }: VolumeMount,
  container: Container,
): void {
  if (mode === undefined) return;
  const supported = ["Bidirectional", "HostToContainer", "None"];
  if (!supported.includes(mode)) report.notSupported(path, mode, supported);
  if (mode === "Bidirectional" && container.securityContext?.privileged !== true) {
    report.forbidden(path, "Bidirectional mount propagation is available only to privileged containers");
  }
}

function checkRecursiveReadOnly(report: Report, path: string, mount: VolumeMount): void {
  const mode = mount.recursiveReadOnly;
  if (mode === undefined || mode === "Disabled") return;
  if (mode !== "Enabled" && mode !== "IfPossible") {
    report.notSupported(path, mode, ["Disabled", "Enabled", "IfPossible"]);
    return;
  }
  if (!mount.readOnly) report.forbidden(path, "may only be specified when readOnly is true");
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== "None") {
    report.forbidden(path, "may only be specified when mountPropagation is None or not specified");
  }
}

function checkDevices(report: Report, path: string, container: Container, { volumes }: ContainerContext): void {
  if (!container.volumeDevices?.length) return;
  const mounts = container.volumeMounts ?? [];
  const [names, paths] = [new Set<string>(), new Set<string>()];
  for (const [i, { name, devicePath }] of container.volumeDevices.entries()) {
    const [nameAt, pathAt] = [`${path}[${i}].name`, `${path}[${i}].devicePath`];
    const volume = volumes.get(name);
    if (name === "") report.required(nameAt);
    if (names.has(name)) report.invalid(nameAt, name, "must be unique");
    if (volume === undefined) report.notFound(nameAt, name);
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      const rule = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      report.invalid(nameAt, name, rule);
    }
    if (devicePath === "") report.required(pathAt);
    if (paths.has(devicePath)) report.invalid(pathAt, devicePath, "must be unique");
    if (devicePath.split("/").includes("..")) report.invalid(pathAt, devicePath, "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounts.some((mount) => mount.name === name)) {
      report.invalid(nameAt, name, "must not already exist in volumeMounts");
    }
    if (mounts.some((mount) => mount.mountPath === devicePath)) {
      report.invalid(pathAt, devicePath, "must not already exist as a path in volumeMounts");
    }
    if (name !== "") names.add(name);
  }
}

function checkResizePolicy(
  report: Report,
  path: string,
  policies: readonly ContainerResizePolicy[],
  podRestartPolicy: string,
): void {
  const seen = new Set<string>();
  for (const [i, { resourceName, restartPolicy }] of policies.entries()) {
    if (seen.has(resourceName)) report.duplicate(`${path}[${i}]`, resourceName);
    seen.add(resourceName);
    report.oneOf(path, resourceName, ["cpu", "memory"]);
    report.oneOf(path, restartPolicy, ["NotRequired", "RestartContainer"]);
    if (podRestartPolicy === "Never" && restartPolicy !== "NotRequired") {
      report.invalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
    }
  }
}

/** A container's own restart policy and the rules that refine it. */
export function checkRestartPolicy(report: Report, path: string, container: Container): void {
  const { restartPolicy: policy, restartPolicyRules: rules = [] } = container;
  if (policy === undefined) {
    if (rules.length === 0) return;
    report.required(`${path}.restartPolicy`, "must specify restartPolicy when restart rules are used");
  } else if (!["Always", "Never", "OnFailure"].includes(policy)) {
    report.notSupported(`${path}.restartPolicy`, policy, ["Always", "Never", "OnFailure"]);
  }
  if (rules.length > 20) report.tooMany(`${path}.restartPolicyRules`, rules.length, 20);
  for (const [i, rule] of rules.entries()) checkRestartRule(report, `${path}.restartPolicyRules[${i}]`, rule);
}

function checkRestartRule(report: Report, path: string, { action, exitCodes }: ContainerRestartRule): void {
  const actions = ["Restart", "RestartAllContainers"];
  if (!actions.includes(action)) report.notSupported(`${path}.action`, action, actions);
  if (exitCodes === undefined) {
    report.required(`${path}.exitCodes`, "must be specified");
    return;
  }
  const { operator, values } = exitCodes;
  if (operator !== "In" && operator !== "NotIn") {
    report.notSupported(`${path}.exitCodes.operator`, operator, ["In", "NotIn"]);
  }
  if ((values?.length ?? 0) > 255) report.tooMany(`${path}.exitCodes.values`, values?.length ?? 0, 255);
}

/** An image's name in a pod (a template may still have it filled in). */
export function checkImageText(report: Report, path: string, image: string | undefined): void {
  if (image !== undefined && image.trim() !== image) {
    report.invalid(`${path}.image`, image, "must not have leading or trailing whitespace");
  }
}
