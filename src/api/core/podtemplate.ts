import { NAME, column, containerColumns, labelsText } from "../columns.ts";
import { setPodTemplateDefaults } from "./pod_defaults.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { PodTemplateSpec } from "./pod_spec.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { of } from "../schema/field.ts";
import { validatePodTemplate } from "../validation/pod_template.ts";

export const PodTemplate = kind(
  "io.k8s.api.core.v1.PodTemplate",
  { group: "", version: "v1", kind: "PodTemplate", plural: "podtemplates", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    template: of(2, PodTemplateSpec),
  },
  {
    setDefaults: ({ template }) => setPodTemplateDefaults(template),
    generation: true,
    columns: [
      NAME,
      ...containerColumns(({ template }: { template: PodTemplateSpec }) => template).map((each) => ({
        ...each,
        priority: 0 as const,
      })),
      column("Pod Labels", "string", "Labels of its pods.", ({ template }) => labelsText(template.metadata.labels)),
    ],
    validate: validatePodTemplate,
  },
);
export interface PodTemplate extends ObjectOf<typeof PodTemplate> {}
export type PodTemplateDraft = DraftObjectOf<typeof PodTemplate>;
