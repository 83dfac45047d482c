import type { PodTemplateSpec } from "../core/pod_spec.ts";
import type { LabelSelector } from "../meta/label_selector.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import type { LabelMatcher } from "../selectors/labels.ts";
import { checkAnnotations, checkLabelSelector, checkLabels, isEmptySelector, tryMatcher } from "./labels.ts";
import { checkPodAnnotations, checkProfileAnnotations } from "./pod_annotations.ts";
import { checkPodSpec } from "./pod_spec.ts";
import { reportOf, sortedMap, type Report } from "./report.ts";

export function checkPodTemplate(report: Report, path: string, { metadata, spec }: PodTemplateSpec): void {
  checkLabels(report, `${path}.labels`, metadata.labels);
  checkAnnotations(report, `${path}.annotations`, metadata.annotations);
  checkPodAnnotations(report, `${path}.annotations`, metadata.annotations, spec);
  checkPodSpec(report, `${path}.spec`, spec, { isPod: false });
  checkProfileAnnotations(report, `${path}.spec`, metadata.annotations, spec);
  if (spec.ephemeralContainers?.length) {
    report.forbidden(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template");
  }
}

/** A controller's pods always restart and end only when it says so. */
export function checkLastingTemplate(report: Report, path: string, { spec }: PodTemplateSpec, kind: string): void {
  if (spec.restartPolicy !== "Always") {
    report.notSupported(`${path}.spec.restartPolicy`, spec.restartPolicy, ["Always"]);
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    const rule = `activeDeadlineSeconds in ${kind} is not Supported`;
    report.forbidden(`${path}.spec.activeDeadlineSeconds`, rule);
  }
}

/** A controller must select the pods it makes. */
export function checkTemplateMatches(
  report: Report,
  path: string,
  template: PodTemplateSpec,
  matcher: LabelMatcher,
): void {
  const { labels } = template.metadata;
  if (matcher.matchesEverything || matcher.matches(labels)) return;
  report.invalid(`${path}.metadata.labels`, sortedMap(labels), "`selector` does not match template `labels`");
}

/** A workload's selector; returns it compiled when it can be. `kind` as it stands in the message. */
export function checkWorkloadSelector(
  report: Report,
  path: string,
  selector: LabelSelector | undefined,
  { kind, detail }: { kind: string; detail: string },
): LabelMatcher | undefined {
  if (selector === undefined) report.required(path);
  else {
    checkLabelSelector(report, path, selector);
    if (isEmptySelector(selector)) report.invalid(path, selector, `empty selector is invalid for ${kind}`);
  }
  const matcher = tryMatcher(selector);
  if (matcher === undefined) report.invalid(path, selector, detail);
  return matcher;
}

export function validatePodTemplate({ template }: { metadata: ObjectMeta; template: PodTemplateSpec }): FieldError[] {
  return reportOf((report) => checkPodTemplate(report, "template", template));
}
