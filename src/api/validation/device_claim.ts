import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
} from "../resource/device_request.ts";
import { checkItems, checkSet } from "./device_lists.ts";
import { checkFullyQualifiedName, checkRequestReference, type RequestNames } from "./device_names.ts";
import { checkDeviceConfiguration, checkDeviceTolerations, checkSelectors } from "./device_selectors.ts";
import { dnsLabel, dnsSubdomain } from "./names.ts";
import type { Report } from "./report.ts";

/** Upstream: resource/v1/types.go. */
const LIMITS = { requestsMax: 32, alternativesMax: 8, constraintsMax: 32, configMax: 32 } as const;

/** The requests of a claim by name. */
export function requestNames({ requests }: DeviceClaim): RequestNames {
  return new Map(
    (requests ?? []).map(({ name, firstAvailable }) => [name, new Set(firstAvailable?.map((each) => each.name))]),
  );
}

/** What a claim asks for (pkg/apis/resource/validation). */
export function checkDeviceClaim(report: Report, path: string, claim: DeviceClaim): void {
  const known = requestNames(claim);
  const nameOf = ({ name }: { readonly name: string }) => name;
  checkSet(report, `${path}.requests`, claim.requests, LIMITS.requestsMax, nameOf, (request, at) =>
    checkRequest(report, at, request),
  );
  checkItems(report, `${path}.constraints`, claim.constraints, LIMITS.constraintsMax, (constraint, at) =>
    checkConstraint(report, at, constraint, known),
  );
  checkItems(report, `${path}.config`, claim.config, LIMITS.configMax, (config, at) => {
    checkReferences(report, `${at}.requests`, config.requests, known);
    checkDeviceConfiguration(report, at, config);
  });
}

/** Names of requests, each once. */
export function checkReferences(
  report: Report,
  path: string,
  names: readonly string[] | undefined,
  known: RequestNames,
): void {
  checkSet(
    report,
    path,
    names,
    LIMITS.requestsMax,
    (name) => name,
    (name, at) => checkRequestReference(report, at, name, known),
  );
}

function checkRequest(report: Report, path: string, { name, exactly, firstAvailable }: DeviceRequest): void {
  checkRequestName(report, `${path}.name`, name);
  const hasAlternatives = (firstAvailable ?? []).length > 0;
  const rule = "exactly one of `exactly` or `firstAvailable` is required";
  if (exactly !== undefined && hasAlternatives) {
    report.invalid(path, null, `${rule}, but multiple fields are set`);
  } else if (exactly !== undefined) checkWanted(report, `${path}.exactly`, exactly);
  else if (!hasAlternatives) report.required(path, rule);
  else {
    const nameOf = (each: DeviceSubRequest) => each.name;
    checkSet(report, `${path}.firstAvailable`, firstAvailable, LIMITS.alternativesMax, nameOf, (each, at) => {
      checkRequestName(report, `${at}.name`, each.name);
      checkWanted(report, at, each);
    });
  }
}

function checkRequestName(report: Report, path: string, name: string): void {
  if (name === "") report.required(path);
  else report.check(path, name, dnsLabel);
}

function checkWanted(report: Report, path: string, wanted: ExactDeviceRequest | DeviceSubRequest): void {
  const { deviceClassName, selectors, allocationMode, count = 0, tolerations } = wanted;
  if (deviceClassName === "") report.required(`${path}.deviceClassName`);
  else report.check(`${path}.deviceClassName`, deviceClassName, dnsSubdomain);
  checkSelectors(report, `${path}.selectors`, selectors);
  if (allocationMode === "All") {
    const rule = "must not be specified when allocationMode is 'All'";
    if (count !== 0) report.invalid(`${path}.count`, count, rule);
  } else if (allocationMode === "ExactCount") report.positive(`${path}.count`, count);
  else report.notSupported(`${path}.allocationMode`, allocationMode, ["All", "ExactCount"]);
  checkDeviceTolerations(report, `${path}.tolerations`, tolerations);
}

function checkConstraint(report: Report, path: string, constraint: DeviceConstraint, known: RequestNames): void {
  const { requests, matchAttribute, distinctAttribute } = constraint;
  checkReferences(report, `${path}.requests`, requests, known);
  if (matchAttribute !== undefined) checkFullyQualifiedName(report, `${path}.matchAttribute`, matchAttribute);
  else if (distinctAttribute !== undefined) {
    checkFullyQualifiedName(report, `${path}.distinctAttribute`, distinctAttribute);
  } else {
    const rule = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
    report.required(path, rule);
  }
}
