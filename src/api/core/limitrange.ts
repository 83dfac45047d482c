import type { ValueOf } from "../schema/schema.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { QUANTITY, list, map, of, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateLimitRange } from "../validation/limitrange.ts";

export const LimitRangeItem = object("io.k8s.api.core.v1.LimitRangeItem", {
  type: string(1, { required: true, always: true }),
  max: map(2, QUANTITY),
  min: map(3, QUANTITY),
  default: map(4, QUANTITY),
  defaultRequest: map(5, QUANTITY),
  maxLimitRequestRatio: map(6, QUANTITY),
});
export interface LimitRangeItem extends ValueOf<typeof LimitRangeItem> {}

export const LimitRangeSpec = object("io.k8s.api.core.v1.LimitRangeSpec", {
  limits: list(1, LimitRangeItem, { required: true }),
});
export interface LimitRangeSpec extends ValueOf<typeof LimitRangeSpec> {}

export const LimitRange = kind(
  "io.k8s.api.core.v1.LimitRange",
  { group: "", version: "v1", kind: "LimitRange", plural: "limitranges", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, LimitRangeSpec),
  },
  {
    shortNames: ["limits"],
    setDefaults({ spec }) {
      for (const item of spec?.limits ?? []) {
        if (item.type !== "Container") continue;
        const limits = { ...item.max, ...item.default };
        const requests = { ...item.min, ...limits, ...item.defaultRequest };
        if (Object.keys(limits).length > 0) item.default = limits;
        if (Object.keys(requests).length > 0) item.defaultRequest = requests;
      }
    },
    createOnUpdate: true,
    validate: validateLimitRange,
  },
);
export interface LimitRange extends ObjectOf<typeof LimitRange> {}
export type LimitRangeDraft = DraftObjectOf<typeof LimitRange>;
