import type { RuntimeClass } from "../node/runtimeclass.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkLabels } from "./labels.ts";
import { dnsLabel } from "./names.ts";
import { entriesOf, reportOf } from "./report.ts";

type Checked = Pick<RuntimeClass, "handler" | "overhead" | "scheduling">;

export function validateRuntimeClass({ handler, overhead, scheduling }: Checked): FieldError[] {
  return reportOf((report) => {
    report.check("handler", handler, dnsLabel);
    for (const [name, amount] of entriesOf(overhead?.podFixed)) {
      const path = `overhead.podFixed.${name}`;
      if (amount.startsWith("-")) report.invalid(path, amount, "must be greater than or equal to 0");
    }
    checkLabels(report, "scheduling.nodeSelector", scheduling?.nodeSelector);
  });
}

export function validateRuntimeClassUpdate({ handler }: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => report.immutable("handler", handler, handler === previous.handler));
}
