import { equalJson } from "../json.ts";
import type { FieldError } from "../schema/errors.ts";
import type { DeviceConfiguration, DeviceSelector } from "../resource/device_selector.ts";
import { checkItems } from "./device_lists.ts";
import { checkDeviceConfiguration, checkSelectors } from "./device_selectors.ts";
import { reportOf } from "./report.ts";
import { isExtendedResource } from "./resources.ts";

const CONFIG_MAX = 32;

interface Checked {
  readonly spec: {
    readonly selectors?: readonly DeviceSelector[] | undefined;
    readonly config?: readonly DeviceConfiguration[] | undefined;
    readonly extendedResourceName?: string | undefined;
  };
}

/** Expressions that stand there as they did are not compiled anew. */
export function validateDeviceClass({ spec }: Checked, previous?: Checked): FieldError[] {
  return reportOf((report) => {
    const { selectors, config, extendedResourceName: name } = spec;
    const isStored = previous !== undefined && equalJson(selectors ?? null, previous.spec.selectors ?? null);
    checkSelectors(report, "spec.selectors", selectors, isStored);
    checkItems(report, "spec.config", config, CONFIG_MAX, (each, at) => checkDeviceConfiguration(report, at, each));
    if (name !== undefined && !isExtendedResource(name)) {
      report.invalid("spec.extendedResourceName", name, "must be a valid extended resource name");
    }
  });
}
