import type { PersistentVolumeClaimSpec } from "../core/persistentvolumeclaim_spec.ts";
import { checkLabelSelector } from "./labels.ts";
import { dnsLabel, dnsSubdomain } from "./names.ts";
import type { Report } from "./report.ts";
import { checkAmount, checkPositiveAmount } from "./resources.ts";

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/** How a volume may be mounted, of a claim or a volume. */
export function checkAccessModes(report: Report, path: string, modes: readonly string[], detail = ""): void {
  if (modes.length === 0) report.required(path, detail);
  for (const mode of modes) if (!ACCESS_MODES.includes(mode)) report.notSupported(path, mode, ACCESS_MODES);
  const known = modes.filter((mode) => ACCESS_MODES.includes(mode));
  if (known.includes("ReadWriteOncePod") && known.some((mode) => mode !== "ReadWriteOncePod")) {
    report.forbidden(path, "may not use ReadWriteOncePod with other access modes");
  }
}

export function checkVolumeMode(report: Report, path: string, mode: string | undefined): void {
  if (mode !== undefined && mode !== "Block" && mode !== "Filesystem") {
    report.notSupported(path, mode, ["Block", "Filesystem"]);
  }
}

export function checkClaimSpec(report: Report, path: string, spec: PersistentVolumeClaimSpec): void {
  if ((spec.accessModes ?? []).length === 0) {
    report.required(`${path}.accessModes`, "at least 1 access mode is required");
  }
  checkLabelSelector(report, `${path}.selector`, spec.selector);
  if (spec.accessModes?.length) checkAccessModes(report, `${path}.accessModes`, spec.accessModes);
  const storage = spec.resources.requests?.["storage"];
  const storagePath = `${path}.resources[storage]`;
  if (storage === undefined) report.required(storagePath);
  else if (checkPositiveAmount(report, storagePath, storage)) checkAmount(report, storagePath, "storage", storage);
  if (spec.storageClassName) report.check(`${path}.storageClassName`, spec.storageClassName, dnsSubdomain);
  checkVolumeMode(report, `${path}.volumeMode`, spec.volumeMode);
  checkDataSources(report, path, spec);
  if (spec.volumeAttributesClassName) {
    report.check(`${path}.volumeAttributesClassName`, spec.volumeAttributesClassName, dnsSubdomain);
  }
}

interface DataSource {
  readonly apiGroup?: string | undefined;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

function checkDataSources(
  report: Report,
  path: string,
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
): void {
  if (dataSource) checkDataSource(report, `${path}.dataSource`, dataSource);
  if (dataSourceRef) checkDataSource(report, `${path}.dataSourceRef`, dataSourceRef);
  if (!dataSource || !dataSourceRef) return;
  const isSame = (["apiGroup", "kind", "name"] as const).every((key) => dataSource[key] === dataSourceRef[key]);
  if (dataSourceRef.namespace) {
    report.invalid(path, {}, "may not be specified when dataSourceRef.namespace is specified");
  } else if (!isSame) report.invalid(path, {}, "must match dataSourceRef");
}

function checkDataSource(report: Report, path: string, source: DataSource): void {
  if (source.name === "") report.required(`${path}.name`);
  if (source.kind === "") report.required(`${path}.kind`);
  if (source.apiGroup) report.check(`${path}.apiGroup`, source.apiGroup, dnsSubdomain);
  else if (source.kind !== "PersistentVolumeClaim") {
    report.invalid(path, source.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
  }
  if (source.namespace) report.check(`${path}.namespace`, source.namespace, dnsLabel);
}
