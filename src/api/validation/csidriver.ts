import { equalJson } from "../json.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import type { CSIDriverSpec } from "../storage/csidriver.ts";
import { reportOf, type Report } from "./report.ts";
import { checkCsiDriver } from "./volumes.ts";

const FS_GROUP_POLICIES = ["File", "None", "ReadWriteOnceWithFSType"];
const MODES = ["Ephemeral", "Persistent"];
const TOKEN_SECONDS = { min: 600, max: 2 ** 32 } as const;

interface Checked {
  readonly metadata: ObjectMeta;
  readonly spec: CSIDriverSpec;
}

export function validateCSIDriver({ metadata, spec }: Checked): FieldError[] {
  return reportOf((report) => {
    if (metadata.name) checkCsiDriver(report, "metadata.name", metadata.name);
    const { fsGroupPolicy, volumeLifecycleModes } = spec;
    if (!FS_GROUP_POLICIES.includes(fsGroupPolicy)) {
      report.notSupported("spec.fsGroupPolicy", fsGroupPolicy, FS_GROUP_POLICIES);
    }
    checkTokens(report, "spec.tokenRequests", spec);
    for (const mode of volumeLifecycleModes) {
      if (!MODES.includes(mode)) report.notSupported("spec.volumeLifecycleModes", mode, MODES);
    }
  });
}

function checkTokens(report: Report, path: string, { tokenRequests = [] }: CSIDriverSpec): void {
  const audiences = new Set<string>();
  for (const [i, { audience, expirationSeconds: seconds }] of tokenRequests.entries()) {
    if (audiences.has(audience)) report.duplicate(`${path}[${i}].audience`, audience);
    audiences.add(audience);
    const at = `${path}[${i}].expirationSeconds`;
    if (seconds === undefined) continue;
    if (seconds < TOKEN_SECONDS.min) report.invalid(at, seconds, "may not specify a duration less than 10 minutes");
    if (seconds > TOKEN_SECONDS.max) report.invalid(at, seconds, "may not specify a duration larger than 2^32 seconds");
  }
}

export function validateCSIDriverUpdate({ spec }: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => {
    for (const field of ["attachRequired", "volumeLifecycleModes"] as const) {
      report.immutable(`spec.${field}`, spec[field], equalJson(spec[field], previous.spec[field]));
    }
  });
}
