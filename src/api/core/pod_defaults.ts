import type { DraftOf } from "../schema/schema.ts";
import { VolumeSource, type Volume } from "./volume.ts";
import type { PodSpec, PodTemplateSpec } from "./pod_spec.ts";

/** A pod's spec as decoded: its lists and structs are there, its defaults are not. */
export type PodSpecDraft = DraftOf<typeof PodSpec>;
type PodTemplateDraft = DraftOf<typeof PodTemplateSpec>;
type VolumeDraft = DraftOf<typeof Volume>;
type ContainerDraft = PodSpecDraft["containers"][number];

const VOLUME_SOURCES = Object.keys(VolumeSource.fields) as (keyof VolumeSource)[];

/** The defaults of a pod template that depend on other fields. Every kind with a template calls this. */
export function setPodTemplateDefaults(template: PodTemplateDraft | undefined): void {
  if (template?.spec) setPodSpecDefaults(template.spec);
}

/** The defaults of a pod's spec that depend on other fields, common to pods and templates. */
export function setPodSpecDefaults(spec: PodSpecDraft): void {
  spec.securityContext ??= {};
  if (!spec.serviceAccountName && spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
  // The old name of the field follows the new one.
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume);
  for (const container of allContainers(spec)) {
    if (!container.imagePullPolicy) container.imagePullPolicy = pullPolicyFor(container.image ?? "");
  }
}

function allContainers(spec: PodSpecDraft): Pick<ContainerDraft, "image" | "imagePullPolicy">[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

function setVolumeDefaults(volume: VolumeDraft): void {
  if (volume.image && !volume.image.pullPolicy) volume.image.pullPolicy = pullPolicyFor(volume.image.reference ?? "");
  if (VOLUME_SOURCES.every((source) => volume[source] === undefined)) volume.emptyDir = {};
}

/** `Always` for the tag `latest`, written or implied; a digest alone has no tag. */
export function pullPolicyFor(image: string): "Always" | "IfNotPresent" {
  return imageTag(image) === "latest" ? "Always" : "IfNotPresent";
}

/** The tag of an image reference, `latest` when it has neither tag nor digest, "" when it has none or is malformed. */
function imageTag(image: string): string {
  const [name = "", digest] = image.split("@", 2);
  const path = name.slice(name.lastIndexOf("/") + 1);
  const [base = "", tag] = path.split(":", 2);
  if (base === "" || /[A-Z\s]/.test(base)) return "";
  return tag ?? (digest === undefined ? "latest" : "");
}
