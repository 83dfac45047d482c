import { equalJson } from "../json.ts";
import type { FieldError } from "../schema/errors.ts";
import type { VolumeAttachmentSpec } from "../storage/volumeattachment.ts";
import { dnsSubdomain } from "./names.ts";
import { reportOf } from "./report.ts";
import { checkCsiDriver } from "./volumes.ts";

const ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";

interface Checked {
  readonly spec: VolumeAttachmentSpec;
}

export function validateVolumeAttachment({ spec: { attacher, source, nodeName } }: Checked): FieldError[] {
  return reportOf((report) => {
    if (attacher === "") report.required("spec.attacher");
    else checkCsiDriver(report, "spec.attacher", attacher);
    const { inlineVolumeSpec, persistentVolumeName } = source;
    if (inlineVolumeSpec === undefined && persistentVolumeName === undefined)
      report.required("spec.source", ONE_SOURCE);
    if (inlineVolumeSpec !== undefined && persistentVolumeName !== undefined)
      report.forbidden("spec.source", ONE_SOURCE);
    if (persistentVolumeName === "") {
      report.required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName");
    }
    report.check("spec.nodeName", nodeName, dnsSubdomain);
  });
}

export function validateVolumeAttachmentUpdate({ spec }: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => report.immutable("spec", spec, equalJson(spec, previous.spec)));
}
