import type { ResourceRequirements } from "../core/resources.ts";
import { compareQuantities, parseQuantity, quantitySign, quantityToMilli, quantityToNumber } from "../quantity.ts";
import { dnsLabel, qualifiedName } from "./names.ts";
import { entriesOf, type Report } from "./report.ts";

const COMPUTE = ["cpu", "memory", "ephemeral-storage"];
const COUNTED = [
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
];
const QUOTA = new Set([
  ...COMPUTE,
  ...COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`]),
  "requests.storage",
  ...COUNTED,
]);
const STANDARD = new Set([...QUOTA, "storage"]);
const POD_LEVEL = ["cpu", "hugepages-", "memory"];

function isHugePages(name: string): boolean {
  return name.startsWith("hugepages-");
}

function isQuotaHugePages(name: string): boolean {
  return isHugePages(name) || name.startsWith("requests.hugepages-");
}

/** Kubernetes' own: without a domain, or in its own. */
export function isNativeResource(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}

export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith("requests.")) return false;
  return qualifiedName(`requests.${name}`).length === 0;
}

export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

export function isStandardQuotaResource(name: string): boolean {
  return QUOTA.has(name) || isQuotaHugePages(name);
}

export function checkResourceName(report: Report, path: string, name: string): boolean {
  if (!report.check(path, name, qualifiedName)) return false;
  if (name.includes("/") || STANDARD.has(name) || isQuotaHugePages(name)) return true;
  report.invalid(path, name, "must be a standard resource type or fully qualified");
  return false;
}

export function checkContainerResourceName(report: Report, path: string, name: string): void {
  checkResourceName(report, path, name);
  if (!name.includes("/")) {
    if (!COMPUTE.includes(name) && !isHugePages(name)) {
      report.invalid(path, name, "must be a standard resource for containers");
    }
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    report.invalid(path, name, "doesn't follow extended resource name standard");
  }
}

function checkPodResourceName(report: Report, path: string, name: string): void {
  if (!checkResourceName(report, path, name)) return;
  if (!POD_LEVEL.includes(name) && !isHugePages(name)) report.notSupported(path, name, POD_LEVEL);
}

export function checkQuotaResourceName(report: Report, path: string, name: string): void {
  checkResourceName(report, path, name);
  if (!name.includes("/") && !isStandardQuotaResource(name)) {
    report.invalid(path, name, "must be a standard resource for quota");
  }
}

/** An amount of a resource: not negative, and whole where the resource is counted. */
export function checkAmount(report: Report, path: string, name: string, amount: string): void {
  if (quantitySign(amount) < 0) report.invalid(path, amount, "must be greater than or equal to 0");
  const isCounted = COUNTED.includes(name) || isExtendedResource(name);
  if (isCounted && quantityToMilli(amount) % 1000 !== 0) report.invalid(path, amount, "must be an integer");
}

export function checkPositiveAmount(report: Report, path: string, amount: string): boolean {
  if (quantitySign(amount) > 0) return true;
  report.invalid(path, amount, "must be greater than zero");
  return false;
}

/** Requests and limits of a container, or of a whole pod. */
export function checkRequirements(
  report: Report,
  path: string,
  requirements: Pick<ResourceRequirements, "limits" | "requests" | "claims">,
  options: { podClaims: ReadonlySet<string>; level: "container" | "pod" },
): void {
  const checkName = options.level === "pod" ? checkPodResourceName : checkContainerResourceName;
  const { limits, requests } = requirements;
  for (const [name, amount] of entriesOf(limits)) {
    const at = `${path}.limits[${name}]`;
    checkName(report, at, name);
    checkAmount(report, at, name, amount);
    checkHugePages(report, at, name, amount);
  }
  for (const [name, amount] of entriesOf(requests)) {
    const at = `${path}.requests[${name}]`;
    checkName(report, at, name);
    checkAmount(report, at, name, amount);
    const limit = limits !== undefined && Object.hasOwn(limits, name) ? limits[name] : undefined;
    checkAgainstLimit(report, path, name, amount, limit);
    checkHugePages(report, at, name, amount);
  }
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  if (names.some(isHugePages) && !names.includes("cpu") && !names.includes("memory")) {
    report.forbidden(path, "HugePages require cpu or memory");
  }
  checkClaims(report, `${path}.claims`, requirements.claims ?? [], options.podClaims);
}

function checkAgainstLimit(
  report: Report,
  path: string,
  name: string,
  amount: string,
  limit: string | undefined,
): void {
  if (limit === undefined) {
    if (!isOvercommitAllowed(name)) {
      report.required(`${path}.limits`, "Limit must be set for non overcommitable resources");
    }
    return;
  }
  const order = compareQuantities(amount, limit);
  if (order !== 0 && !isOvercommitAllowed(name)) {
    report.invalid(`${path}.requests`, amount, `must be equal to ${name} limit of ${limit}`);
  } else if (order > 0) {
    report.invalid(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`);
  }
}

function checkHugePages(report: Report, path: string, name: string, amount: string): void {
  if (!isHugePages(name)) return;
  const pageBytes = hugePageBytes(name);
  if (pageBytes === undefined || quantityToNumber(amount) % pageBytes !== 0) {
    report.invalid(path, amount, `${amount} is not positive integer multiple of ${name}`);
  }
}

function hugePageBytes(name: string): number | undefined {
  try {
    const size = parseQuantity(name.slice("hugepages-".length));
    return quantitySign(size) > 0 && quantityToMilli(size) % 1000 === 0 ? quantityToNumber(size) : undefined;
  } catch {
    return undefined;
  }
}

function checkClaims(
  report: Report,
  path: string,
  claims: NonNullable<ResourceRequirements["claims"]>,
  podClaims: ReadonlySet<string>,
): void {
  if (claims.length === 0) return;
  const seen = new Set<string>();
  /** Claims of which a single request was named. */
  const named = new Set<string>();
  for (const [i, { name, request }] of claims.entries()) {
    const at = `${path}[${i}]`;
    if (name === "") {
      report.required(at);
      continue;
    }
    if (request) report.check(`${at}.request`, request, dnsLabel);
    const key = request ? `${name}/${request}` : name;
    const clashes = seen.has(name) || seen.has(key) || (!request && named.has(name));
    if (clashes) report.duplicate(at, seen.has(name) || !request ? name : key);
    seen.add(key);
    if (request) named.add(name);
    if (podClaims.has(name)) continue;
    const known = [...podClaims].toSorted().join(", ");
    const detail = `must be one of the names in pod.spec.resourceClaims${known === "" ? " which is empty" : `: ${known}`}`;
    report.add({
      type: "FieldValueNotFound",
      field: at,
      message: `Not found: ${JSON.stringify(name)}: ${detail}`,
    });
  }
}
