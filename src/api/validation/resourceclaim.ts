import { equalJson } from "../json.ts";
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceRequestAllocationResult,
} from "../resource/device_allocation.ts";
import type { DeviceClaim } from "../resource/device_request.ts";
import type { ResourceClaimStatus } from "../resource/resourceclaim.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkNodeSelector } from "./affinity.ts";
import { checkConditions } from "./conditions.ts";
import { checkBinding } from "./device.ts";
import { checkDeviceClaim, checkReferences, requestNames } from "./device_claim.ts";
import { checkItems, checkSet } from "./device_lists.ts";
import { checkDriverName, checkPoolName, checkRequestReference, type RequestNames } from "./device_names.ts";
import { checkDeviceConfiguration, checkDeviceTolerations, checkParameters } from "./device_selectors.ts";
import { checkInterfaceAddress } from "./ip.ts";
import { checkAnnotations, checkLabels } from "./labels.ts";
import { byteLength, dnsLabel } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

/** Upstream: resource/v1/types.go. */
const LIMITS = {
  reservedForMax: 256,
  resultsMax: 32,
  configMax: 64,
  conditionsMax: 8,
  dataBytesMax: 10 * 1024,
  interfaceBytesMax: 256,
  hardwareBytesMax: 128,
  ipsMax: 16,
} as const;
const SOURCES = ["FromClaim", "FromClass"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

interface HasSpec {
  readonly spec: unknown;
}

interface Claim {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly devices: DeviceClaim };
  readonly status: ResourceClaimStatus;
}

export function validateResourceClaim({ spec }: Pick<Claim, "spec">): FieldError[] {
  return reportOf((report) => checkDeviceClaim(report, "spec.devices", spec.devices));
}

/** What was asked for stays; it is not judged again. */
export function validateResourceClaimUpdate({ spec }: HasSpec, previous: HasSpec): FieldError[] {
  return reportOf((report) => report.immutable("spec", spec, equalJson(spec, previous.spec)));
}

export function validateResourceClaimTemplate({
  spec: { metadata, spec },
}: {
  readonly spec: Pick<Claim, "metadata" | "spec">;
}): FieldError[] {
  return reportOf((report) => {
    checkLabels(report, "spec.metadata.labels", metadata.labels);
    checkAnnotations(report, "spec.metadata.annotations", metadata.annotations);
    checkDeviceClaim(report, "spec.spec.devices", spec.devices);
  });
}

/** What was given stays until all of it is given back. */
export function validateResourceClaimStatus({ metadata, spec, status }: Claim, previous: Claim): FieldError[] {
  return reportOf((report) => {
    const { allocation, reservedFor = [], devices } = status;
    const known = requestNames(spec.devices);
    checkReservations(report, status, previous.status, metadata.deletionTimestamp !== undefined);
    const allocated = new Set(allocation?.devices.results?.map(idOf));
    checkSet(report, "status.devices", devices, Infinity, idOf, (device, at) =>
      checkDeviceStatus(report, at, device, allocated),
    );
    if (reservedFor.length > 0 && allocation === undefined) {
      report.forbidden("status.reservedFor", "may not be specified when `allocated` is not set");
    }
    if (allocation === undefined) return;
    const before = previous.status.allocation;
    if (before !== undefined) report.immutable("status.allocation", allocation, equalJson(allocation, before));
    else checkAllocation(report, "status.allocation", allocation, known);
  });
}

function checkReservations(
  report: Report,
  { allocation, reservedFor }: ResourceClaimStatus,
  previous: ResourceClaimStatus,
  isDeleted: boolean,
): void {
  const path = "status.reservedFor";
  checkSet(
    report,
    path,
    reservedFor,
    LIMITS.reservedForMax,
    ({ uid }) => uid,
    (consumer, at) => {
      for (const field of ["resource", "name", "uid"] as const) {
        if (consumer[field] === "") report.required(`${at}.${field}`);
      }
    },
  );
  const isNew = (reservedFor ?? []).some((each) => !previous.reservedFor?.some((before) => equalJson(each, before)));
  if (isDeleted && allocation !== undefined && isNew) {
    const rule = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
    report.forbidden(path, rule);
  }
}

function checkAllocation(report: Report, path: string, allocation: AllocationResult, known: RequestNames): void {
  const { devices, nodeSelector } = allocation;
  checkItems(report, `${path}.devices.results`, devices.results, LIMITS.resultsMax, (result, at) =>
    checkResult(report, at, result, known),
  );
  checkItems(report, `${path}.devices.config`, devices.config, LIMITS.configMax, (config, at) => {
    report.oneOf(`${at}.source`, config.source, SOURCES);
    checkReferences(report, `${at}.requests`, config.requests, known);
    checkDeviceConfiguration(report, at, config);
  });
  if (nodeSelector !== undefined) checkNodeSelector(report, `${path}.nodeSelector`, nodeSelector);
}

function checkResult(report: Report, path: string, result: DeviceRequestAllocationResult, known: RequestNames): void {
  checkRequestReference(report, `${path}.request`, result.request, known);
  checkDeviceName(report, path, result);
  checkBinding(report, path, result);
  checkDeviceTolerations(report, `${path}.tolerations`, result.tolerations);
}

/** One device of all: or a share of one. */
type Named = Pick<DeviceRequestAllocationResult, "driver" | "pool" | "device" | "shareID">;

function idOf({ driver, pool, device, shareID }: Named): string {
  return [driver, pool, device, ...(shareID === undefined ? [] : [shareID])].join("/");
}

function checkDeviceName(report: Report, path: string, { driver, pool, device, shareID }: Named): void {
  checkDriverName(report, `${path}.driver`, driver);
  checkPoolName(report, `${path}.pool`, pool);
  report.check(`${path}.device`, device, dnsLabel);
  if (shareID === undefined || UUID.test(shareID)) return;
  const rule =
    "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters";
  report.invalid(`${path}.shareID`, shareID, rule);
}

function checkDeviceStatus(
  report: Report,
  path: string,
  device: AllocatedDeviceStatus,
  allocated: ReadonlySet<string>,
): void {
  checkDeviceName(report, path, device);
  if (!allocated.has(idOf(device))) report.invalid(path, idOf(device), "must be an allocated device in the claim");
  const { conditions = [], data, networkData } = device;
  if (conditions.length > LIMITS.conditionsMax) {
    report.tooMany(`${path}.conditions`, conditions.length, LIMITS.conditionsMax);
  }
  checkConditions(report, `${path}.conditions`, conditions);
  if (data !== undefined) checkParameters(report, `${path}.data`, data, LIMITS.dataBytesMax);
  if (networkData === undefined) return;
  const { interfaceName = "", hardwareAddress = "", ips } = networkData;
  const at = `${path}.networkData`;
  if (byteLength(interfaceName) > LIMITS.interfaceBytesMax) {
    report.tooLong(`${at}.interfaceName`, LIMITS.interfaceBytesMax);
  }
  if (byteLength(hardwareAddress) > LIMITS.hardwareBytesMax) {
    report.tooLong(`${at}.hardwareAddress`, LIMITS.hardwareBytesMax);
  }
  checkSet(
    report,
    `${at}.ips`,
    ips,
    LIMITS.ipsMax,
    (ip) => ip,
    (ip, where) => checkInterfaceAddress(report, where, ip),
  );
}
