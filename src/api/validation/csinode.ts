import type { FieldError } from "../schema/errors.ts";
import type { CSINodeDriver, CSINodeSpec } from "../storage/csinode.ts";
import { byteLength, qualifiedName } from "./names.ts";
import { reportOf, type Report } from "./report.ts";
import { checkCsiDriver } from "./volumes.ts";

const NODE_ID_BYTES_MAX = 192;

export function validateCSINode({ spec }: { readonly spec: CSINodeSpec }): FieldError[] {
  return reportOf((report) => {
    const names = new Set<string>();
    for (const [i, driver] of spec.drivers.entries()) {
      const path = `spec.drivers[${i}]`;
      checkDriver(report, path, driver);
      if (names.has(driver.name)) report.duplicate(`${path}.name`, driver.name);
      names.add(driver.name);
    }
  });
}

function checkDriver(report: Report, path: string, { name, nodeID, topologyKeys, allocatable }: CSINodeDriver): void {
  checkCsiDriver(report, `${path}.name`, name);
  if (nodeID === "") report.required(`${path}.nodeID`);
  if (byteLength(nodeID) > NODE_ID_BYTES_MAX) {
    report.invalid(`${path}.nodeID`, nodeID, `must be ${NODE_ID_BYTES_MAX} characters or less`);
  }
  if (allocatable?.count !== undefined) report.nonNegative(`${path}.allocatable.count`, allocatable.count);
  for (const [i, key] of topologyKeys.entries()) {
    if (topologyKeys.indexOf(key) < i) report.duplicate(`${path}.topologyKeys`, key);
    report.check(`${path}.topologyKeys`, key, qualifiedName);
  }
}
