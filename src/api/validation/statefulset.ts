import { equalJson } from "../json.ts";
import type { StatefulSetSpec, StatefulSetStatus } from "../apps/statefulset.ts";
import type { PodTemplateSpec } from "../core/pod_spec.ts";
import type { Volume } from "../core/volume.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkAvailable, checkCollisions, checkCounts, checkParts } from "./counts.ts";
import { amountOf, checkAtMostAll, checkIntOrPercent } from "./int_or_percent.ts";
import { dnsLabel } from "./names.ts";
import { checkClaimSpec } from "./persistentvolumeclaim_spec.ts";
import { checkLastingTemplate, checkPodTemplate, checkTemplateMatches, checkWorkloadSelector } from "./pod_template.ts";
import { reportOf, type Report } from "./report.ts";

interface Checked {
  readonly metadata: { readonly resourceVersion?: string | undefined };
  readonly spec: StatefulSetSpec;
  readonly status: StatefulSetStatus;
}

export function validateStatefulSet({ metadata, spec }: Checked): FieldError[] {
  return reportOf((report) => {
    const policy = spec.podManagementPolicy;
    if (!policy) report.required("spec.podManagementPolicy");
    else if (policy !== "OrderedReady" && policy !== "Parallel") {
      report.invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'");
    }
    checkStrategy(report, "spec.updateStrategy", spec.updateStrategy);
    checkRetention(report, spec);
    // What cannot change is only judged when it comes.
    if (!metadata.resourceVersion) checkImmutableParts(report, spec);
    report.nonNegative("spec.replicas", spec.replicas);
    report.nonNegative("spec.minReadySeconds", spec.minReadySeconds);
    report.nonNegative("spec.ordinals.start", spec.ordinals?.start);
    const words = { kind: "statefulset", detail: "" };
    const matcher = checkWorkloadSelector(report, "spec.selector", spec.selector, words);
    if (matcher !== undefined) {
      checkTemplateMatches(report, "spec.template", spec.template, matcher);
      checkPodTemplate(report, "spec.template", templateOfPods(spec));
    }
    checkLastingTemplate(report, "spec.template", spec.template, "StatefulSet");
  });
}

function checkImmutableParts(report: Report, spec: StatefulSetSpec): void {
  for (const [i, claim] of (spec.volumeClaimTemplates ?? []).entries()) {
    checkClaimSpec(report, `spec.volumeClaimTemplates[${i}].spec`, claim.spec);
  }
  if (spec.serviceName) report.check("spec.serviceName", spec.serviceName, dnsLabel);
}

function checkRetention(report: Report, { persistentVolumeClaimRetentionPolicy: policy }: StatefulSetSpec): void {
  for (const when of ["whenDeleted", "whenScaled"] as const) {
    const value = policy?.[when];
    if (policy === undefined || value === "Retain" || value === "Delete") continue;
    report.notSupported(`spec.persistentVolumeClaimRetentionPolicy.${when}`, value ?? "", ["Retain", "Delete"]);
  }
}

function checkStrategy(report: Report, path: string, strategy: StatefulSetSpec["updateStrategy"]): void {
  const { type, rollingUpdate } = strategy;
  const at = `${path}.rollingUpdate`;
  if (!type) report.required(path);
  else if (type === "OnDelete") {
    if (rollingUpdate) report.invalid(at, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'");
  } else if (type !== "RollingUpdate") {
    report.invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'");
  } else if (rollingUpdate) {
    report.nonNegative(`${at}.partition`, rollingUpdate.partition);
    const { maxUnavailable } = rollingUpdate;
    if (maxUnavailable === undefined) return;
    checkIntOrPercent(report, `${at}.maxUnavailable`, maxUnavailable);
    if (amountOf(maxUnavailable) === 0) report.invalid(`${at}.maxUnavailable`, maxUnavailable, "cannot be 0");
    checkAtMostAll(report, `${at}.maxUnavailable`, maxUnavailable);
  }
}

/** The template as the set's pods get it: with a volume for every claim, and names that the set gives. */
function templateOfPods(spec: StatefulSetSpec): PodTemplateSpec {
  const claimed = (spec.volumeClaimTemplates ?? []).map((claim): Volume => {
    const name = claim.metadata.name ?? "";
    return { name, persistentVolumeClaim: { claimName: name } };
  });
  const names = new Set(claimed.map((volume) => volume.name));
  const own = (spec.template.spec.volumes ?? []).filter((volume) => !names.has(volume.name));
  const podSpec = { ...spec.template.spec, volumes: [...claimed, ...own], hostname: "", subdomain: "" };
  return { ...spec.template, spec: podSpec };
}

const CHANGEABLE = [
  "replicas",
  "template",
  "updateStrategy",
  "minReadySeconds",
  "ordinals",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
] as const;

export function validateStatefulSetUpdate(next: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => {
    const rest = (spec: StatefulSetSpec) => ({
      ...spec,
      ...Object.fromEntries(CHANGEABLE.map((name) => [name, undefined])),
    });
    if (equalJson(rest(next.spec), rest(previous.spec))) return;
    const fields =
      "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'";
    report.forbidden("spec", `updates to statefulset spec for fields other than ${fields} are forbidden`);
  });
}

export function validateStatefulSetStatusUpdate({ status }: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => {
    checkCounts(report, status, [
      "replicas",
      "readyReplicas",
      "currentReplicas",
      "updatedReplicas",
      "availableReplicas",
      "observedGeneration",
      "collisionCount",
    ]);
    checkParts(report, status, ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"]);
    checkAvailable(report, status, "status.readyReplicas");
    checkCollisions(report, status, previous.status);
  });
}
