import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from "../core/env.ts";
import { canonicalQuantity, quantitySign } from "../quantity.ts";
import { configKey, dnsLabel, dnsSubdomain, envVarName, qualifiedName } from "./names.ts";
import { checkNoBacksteps } from "./paths.ts";
import type { Report } from "./report.ts";

const ENV_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
export const VOLUME_FIELDS = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];
/** Fields of a pod that have a name in the downward API, whether or not they may be used in a place. */
const POD_FIELDS = new Set([
  ...ENV_FIELDS,
  ...VOLUME_FIELDS,
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
]);
const RESOURCES = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const BYTE_DIVISORS = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

export function checkEnv(report: Report, path: string, variables: readonly EnvVar[]): void {
  for (const [i, variable] of variables.entries()) {
    const at = `${path}[${i}]`;
    if (variable.name === "") report.required(`${at}.name`);
    else report.check(`${at}.name`, variable.name, envVarName);
    if (variable.valueFrom) checkSource(report, `${at}.valueFrom`, variable.valueFrom, variable.value ?? "");
  }
}

function checkSource(report: Report, path: string, source: EnvVarSource, value: string): void {
  if (source.fieldRef) checkFieldRef(report, `${path}.fieldRef`, source.fieldRef, ENV_FIELDS);
  if (source.resourceFieldRef) {
    checkResourceFieldRef(report, `${path}.resourceFieldRef`, source.resourceFieldRef, { needsContainer: false });
  }
  for (const name of ["configMapKeyRef", "secretKeyRef"] as const) {
    const reference = source[name];
    if (reference) checkKeyRef(report, `${path}.${name}`, reference.name ?? "", reference.key);
  }
  if (source.fileKeyRef) checkFileKeyRef(report, `${path}.fileKeyRef`, source.fileKeyRef);
  const count = Object.values(source).filter((each) => each !== undefined).length;
  if (count === 0) {
    const known = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    report.invalid(path, "", `must specify one of: ${known}`);
  } else if (value !== "") report.invalid(path, "", "may not be specified when `value` is not empty");
  else if (count > 1) report.invalid(path, "", "may not have more than one field specified at a time");
}

function checkKeyRef(report: Report, path: string, name: string, key: string): void {
  report.check(`${path}.name`, name, dnsSubdomain);
  if (key === "") report.required(`${path}.key`);
  else report.check(`${path}.key`, key, configKey);
}

function checkFileKeyRef(report: Report, path: string, { key, volumeName, path: file }: FileKeySelector): void {
  if (key === "") report.required(`${path}.key`);
  else report.check(`${path}.key`, key, envVarName);
  if (volumeName === "") report.required(`${path}.volumeName`);
  else report.check(`${path}.volumeName`, volumeName, dnsLabel);
  if (file === "") report.required(`${path}.path`);
  else checkNoBacksteps(report, `${path}.path`, file);
}

/** A field of the pod, given to a container: `metadata.name`, `metadata.labels['app']`. */
export function checkFieldRef(
  report: Report,
  path: string,
  reference: ObjectFieldSelector,
  allowed: readonly string[],
): void {
  const { apiVersion, fieldPath } = reference;
  if (apiVersion === "") return report.required(`${path}.apiVersion`);
  if (fieldPath === "") return report.required(`${path}.fieldPath`);
  const [, base = "", subscript] = /^([^[]*)\['(.*)'\]$/.exec(fieldPath) ?? [];
  const problem = conversionProblem(apiVersion ?? "v1", fieldPath, subscript === undefined ? undefined : base);
  if (problem !== undefined) {
    return report.invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${problem}`);
  }
  if (subscript !== undefined) {
    report.check(path, base === "metadata.annotations" ? subscript.toLowerCase() : subscript, qualifiedName);
    return;
  }
  const field = fieldPath === "spec.host" ? "spec.nodeName" : fieldPath;
  if (!allowed.includes(field)) report.notSupported(`${path}.fieldPath`, field, allowed);
}

function conversionProblem(version: string, field: string, base: string | undefined): string | undefined {
  if (version !== "v1") return `unsupported pod version: ${version}`;
  if (base !== undefined) {
    const isMap = base === "metadata.annotations" || base === "metadata.labels";
    return isMap ? undefined : `field label does not support subscript: ${field}`;
  }
  return POD_FIELDS.has(field) || field === "spec.host" ? undefined : `field label not supported: ${field}`;
}

/** A request or limit of a container, given to a container. */
export function checkResourceFieldRef(
  report: Report,
  path: string,
  { containerName, resource, divisor }: ResourceFieldSelector,
  { needsContainer }: { needsContainer: boolean },
): void {
  const isHugePages = /^(requests|limits)\.hugepages-/.test(resource);
  if (needsContainer && !containerName) report.required(`${path}.containerName`);
  else if (resource === "") report.required(`${path}.resource`);
  else if (!RESOURCES.includes(resource) && !isHugePages) report.notSupported(`${path}.resource`, resource, RESOURCES);
  if (!divisor || quantitySign(divisor) === 0) return;
  const amount = canonicalQuantity(divisor);
  if (resource.endsWith(".cpu")) {
    if (amount === "1" || amount === "1m") return;
    return report.invalid(
      `${path}.divisor`,
      resource,
      "only divisor's values 1m and 1 are supported with the cpu resource",
    );
  }
  if ((!RESOURCES.includes(resource) && !isHugePages) || BYTE_DIVISORS.includes(amount)) return;
  const name = isHugePages ? "hugepages" : resource.endsWith(".memory") ? "memory" : "local ephemeral storage";
  const known = BYTE_DIVISORS.join(", ");
  report.invalid(`${path}.divisor`, resource, `only divisor's values ${known} are supported with the ${name} resource`);
}

export function checkEnvFrom(report: Report, path: string, sources: readonly EnvFromSource[]): void {
  for (const [i, source] of sources.entries()) {
    const at = `${path}[${i}]`;
    if (source.prefix) report.check(`${at}.prefix`, source.prefix, envVarName);
    const references = [
      ["configMapRef", source.configMapRef],
      ["secretRef", source.secretRef],
    ] as const;
    for (const [name, reference] of references) {
      if (reference === undefined) continue;
      if (!reference.name) report.required(`${at}.${name}.name`);
      else report.check(`${at}.${name}.name`, reference.name, dnsSubdomain);
    }
    const count = references.filter(([, reference]) => reference !== undefined).length;
    if (count === 0) report.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`");
    else if (count > 1) report.invalid(path, "", "may not have more than one field specified at a time");
  }
}
