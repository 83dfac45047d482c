import type { PersistentVolumeClaimTemplate } from "../core/persistentvolumeclaim_spec.ts";
import type { Volume, VolumeSource } from "../core/volume.ts";
import { Volume as VolumeSchema } from "../core/volume.ts";
import type { DownwardAPIVolumeFile, KeyToPath } from "../core/volume_items.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import { quantitySign } from "../quantity.ts";
import { checkPullPolicy } from "./container.ts";
import { VOLUME_FIELDS, checkFieldRef, checkResourceFieldRef } from "./env.ts";
import { checkAnnotations, checkLabels } from "./labels.ts";
import { byteLength, dnsLabel, dnsSubdomain } from "./names.ts";
import { checkFileMode, checkFilePath, checkNoBacksteps } from "./paths.ts";
import { checkClaimSpec } from "./persistentvolumeclaim_spec.ts";
import { checkProjectedVolume } from "./projected_volume.ts";
import { Report } from "./report.ts";

type Source = keyof VolumeSource;

/** The kinds of volume, in the order in which a second one is refused. */
const SOURCES: readonly Source[] = [
  "emptyDir",
  ...(Object.keys(VolumeSchema.fields).filter((name) => name !== "name" && name !== "emptyDir") as Source[]),
];

export interface VolumeContext {
  /** Absent in templates, whose pods have no name yet. */
  readonly podName: string | undefined;
  readonly isPod: boolean;
}

/** Checks the volumes of a pod; returns those that are well, which containers may mount. */
export function checkVolumes(
  report: Report,
  path: string,
  volumes: readonly Volume[],
  context: VolumeContext,
): Map<string, VolumeSource> {
  const good = new Map<string, VolumeSource>();
  const created = new Set(volumes.filter((each) => each.ephemeral).map((each) => `${context.podName}-${each.name}`));
  for (const [i, volume] of volumes.entries()) {
    const at = `${path}[${i}]`;
    const own = new Report();
    checkSource(own, at, volume, context);
    if (volume.name === "") own.required(`${at}.name`);
    else own.check(`${at}.name`, volume.name, dnsLabel);
    if (good.has(volume.name)) own.duplicate(`${at}.name`, volume.name);
    if (own.errors.length === 0) good.set(volume.name, volume);
    for (const error of own.errors) report.add(error);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (context.podName !== undefined && claim !== undefined && created.has(claim)) {
      const rule = "must not reference a PVC that gets created for an ephemeral volume";
      report.invalid(`${at}.persistentVolumeClaim.claimName`, claim, rule);
    }
  }
  return good;
}

function checkSource(report: Report, path: string, volume: Volume, context: VolumeContext): void {
  const given = SOURCES.filter((name) => volume[name] !== undefined);
  const [first, ...others] = given;
  if (first === undefined) report.required(path, "must specify a volume type");
  else checkOne(report, `${path}.${first}`, first, volume, context);
  for (const name of others) report.forbidden(`${path}.${name}`, "may not specify more than 1 volume type");
}

function checkOne(report: Report, path: string, name: Source, volume: Volume, context: VolumeContext): void {
  const { emptyDir, hostPath, secret, configMap, nfs, downwardAPI, csi, ephemeral, image, projected } = volume;
  if (name === "emptyDir" && emptyDir?.sizeLimit && quantitySign(emptyDir.sizeLimit) < 0) {
    report.forbidden(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity");
  } else if (name === "hostPath" && hostPath) checkHostPath(report, path, hostPath);
  else if (name === "secret" && secret) {
    if (!secret.secretName) report.required(`${path}.secretName`);
    checkItems(report, path, secret);
  } else if (name === "configMap" && configMap) {
    if (!configMap.name) report.required(`${path}.name`);
    checkItems(report, path, configMap);
  } else if (name === "nfs" && nfs) checkNfs(report, path, nfs);
  else if (name === "persistentVolumeClaim") {
    if (!volume.persistentVolumeClaim?.claimName) report.required(`${path}.claimName`);
  } else if (name === "downwardAPI" && downwardAPI) {
    checkFileMode(report, `${path}.defaultMode`, downwardAPI.defaultMode);
    for (const file of downwardAPI.items ?? []) checkDownwardFile(report, path, file);
  } else if (name === "projected" && projected) checkProjectedVolume(report, path, projected);
  else if (name === "csi" && csi) {
    checkCsiDriver(report, `${path}.driver`, csi.driver);
    const secretName = csi.nodePublishSecretRef?.name;
    if (secretName) report.check(`${path}.name`, secretName, dnsSubdomain);
    else if (csi.nodePublishSecretRef) report.required(`${path}.nodePublishSecretRef.name`);
  } else if (name === "ephemeral" && ephemeral) {
    const template = ephemeral.volumeClaimTemplate;
    if (template) checkClaimTemplate(report, `${path}.volumeClaimTemplate`, template);
    else report.required(`${path}.volumeClaimTemplate`);
  } else if (name === "image" && image) {
    if (context.isPod && !image.reference) report.required(`${path}.reference`);
    checkPullPolicy(report, `${path}.pullPolicy`, image.pullPolicy);
  }
}

const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

export function checkHostPath(report: Report, path: string, source: NonNullable<VolumeSource["hostPath"]>): void {
  if (source.path === "") {
    report.required(`${path}.path`);
    return;
  }
  checkNoBacksteps(report, `${path}.path`, source.path);
  if (source.type !== undefined && !HOST_PATH_TYPES.includes(source.type)) {
    report.notSupported(`${path}.type`, source.type, HOST_PATH_TYPES);
  }
}

export function checkNfs(
  report: Report,
  path: string,
  { server, path: target }: NonNullable<VolumeSource["nfs"]>,
): void {
  if (server === "") report.required(`${path}.server`);
  if (target === "") report.required(`${path}.path`);
  if (!target.startsWith("/")) report.invalid(`${path}.path`, target, "must be an absolute path");
}

export function checkCsiDriver(report: Report, path: string, driver: string): void {
  if (driver === "") {
    report.required(path);
    return;
  }
  if (byteLength(driver) > 63) report.tooLong(path, 63);
  for (const problem of dnsSubdomain(driver.toLowerCase())) report.invalid(path, driver, problem);
}

function checkItems(
  report: Report,
  path: string,
  { items, defaultMode }: { items?: readonly KeyToPath[] | undefined; defaultMode?: number | undefined },
): void {
  checkFileMode(report, `${path}.defaultMode`, defaultMode);
  for (const [i, item] of (items ?? []).entries()) checkKeyToPath(report, `${path}.items[${i}]`, item);
}

export function checkKeyToPath(report: Report, path: string, item: KeyToPath): void {
  if (item.key === "") report.required(`${path}.key`);
  if (item.path === "") report.required(`${path}.path`);
  checkFilePath(report, `${path}.path`, item.path);
  checkFileMode(report, `${path}.mode`, item.mode);
}

export function checkDownwardFile(report: Report, path: string, file: DownwardAPIVolumeFile): void {
  if (file.path === "") report.required(`${path}.path`);
  checkFilePath(report, `${path}.path`, file.path);
  if (file.fieldRef) {
    checkFieldRef(report, `${path}.fieldRef`, file.fieldRef, VOLUME_FIELDS);
    if (file.resourceFieldRef) {
      report.invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
    }
  } else if (file.resourceFieldRef) {
    checkResourceFieldRef(report, `${path}.resourceFieldRef`, file.resourceFieldRef, { needsContainer: true });
  } else report.required(path, "one of fieldRef and resourceFieldRef is required");
  checkFileMode(report, `${path}.mode`, file.mode);
}

/** A template's metadata may only label what is made from it. */
const TEMPLATE_META: readonly (keyof ObjectMeta)[] = [
  "name",
  "generateName",
  "namespace",
  "uid",
  "resourceVersion",
  "finalizers",
  "ownerReferences",
];

function checkClaimTemplate(report: Report, path: string, { metadata, spec }: PersistentVolumeClaimTemplate): void {
  checkAnnotations(report, `${path}.metadata.annotations`, metadata.annotations);
  checkLabels(report, `${path}.metadata.labels`, metadata.labels);
  for (const field of TEMPLATE_META) {
    if (metadata[field] !== undefined && metadata[field] !== "") {
      report.forbidden(`${path}.metadata.${field}`, "cannot be set");
    }
  }
  checkClaimSpec(report, `${path}.spec`, spec);
}
