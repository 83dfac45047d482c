import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { MatchCondition } from "./expressions.ts";
import { RuleWithOperations } from "./match_resources.ts";
import { STRING, int32, list, of, ptr, string } from "../schema/field.ts";
import { WebhookClientConfig } from "./webhook_client.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateWebhooks } from "../validation/webhook.ts";

export const ValidatingWebhook = object("io.k8s.api.admissionregistration.v1.ValidatingWebhook", {
  name: string(1, { required: true, always: true }),
  clientConfig: of(2, WebhookClientConfig, { required: true }),
  rules: list(3, RuleWithOperations),
  failurePolicy: string(4, { ptr: true, default: "Fail", enum: ["Fail", "Ignore"] }),
  matchPolicy: string(9, { ptr: true, default: "Equivalent", enum: ["Equivalent", "Exact"] }),
  namespaceSelector: ptr(5, LabelSelector, { default: {} }),
  objectSelector: ptr(10, LabelSelector, { default: {} }),
  sideEffects: string(6, { required: true, ptr: true, enum: ["None", "NoneOnDryRun", "Some", "Unknown"] }),
  timeoutSeconds: int32(7, { ptr: true, default: 10 }),
  admissionReviewVersions: list(8, STRING, { required: true }),
  matchConditions: list(11, MatchCondition, { mapKeys: ["name"], patchStrategy: "merge", patchMergeKey: "name" }),
});
export interface ValidatingWebhook extends ValueOf<typeof ValidatingWebhook> {}

/** Webhooks that may refuse objects. */
export const ValidatingWebhookConfiguration = kind(
  "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration",
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "ValidatingWebhookConfiguration",
    plural: "validatingwebhookconfigurations",
    scope: "Cluster",
  },
  {
    metadata: of(1, ClusterMeta),
    webhooks: list(2, ValidatingWebhook, { mapKeys: ["name"], patchStrategy: "merge", patchMergeKey: "name" }),
  },
  {
    categories: ["api-extensions"],
    generation: true,
    columns: [NAME, column("Webhooks", "integer", "Webhooks it names.", ({ webhooks }) => webhooks?.length ?? 0), AGE],
    updateNeedsVersion: true,
    validate: validateWebhooks,
  },
);
export interface ValidatingWebhookConfiguration extends ObjectOf<typeof ValidatingWebhookConfiguration> {}
export type ValidatingWebhookConfigurationDraft = DraftObjectOf<typeof ValidatingWebhookConfiguration>;
