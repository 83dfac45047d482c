import { equalJson } from "../json.ts";
import type { FieldError } from "../schema/errors.ts";
import { byteLength, configKey } from "./names.ts";
import { entriesOf, reportOf, type Report } from "./report.ts";

type Texts = Readonly<Record<string, string>> | undefined;

interface CheckedConfigMap {
  readonly immutable?: boolean | undefined;
  readonly data?: Texts;
  readonly binaryData?: Texts;
}

/** Bytes of all values together (core MaxSecretSize). */
export const VALUES_BYTES_MAX = 1024 * 1024;

/** The number of bytes that base64 text stands for. */
export function base64Bytes(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return Math.floor((text.length * 3) / 4) - padding;
}

export function validateConfigMap({ data, binaryData }: CheckedConfigMap): FieldError[] {
  return reportOf((report) => {
    let bytes = 0;
    for (const [key, value] of entriesOf(data)) {
      report.check(`data[${key}]`, key, configKey);
      if (binaryData !== undefined && Object.hasOwn(binaryData, key)) {
        report.invalid(`data[${key}]`, key, "duplicate of key present in binaryData");
      }
      bytes += byteLength(value);
    }
    for (const [key, value] of entriesOf(binaryData)) {
      report.check(`binaryData[${key}]`, key, configKey);
      bytes += base64Bytes(value);
    }
    // Of the whole, which Kubernetes names by an index that is empty.
    if (bytes > VALUES_BYTES_MAX) report.tooLong("[]", VALUES_BYTES_MAX);
  });
}

export function validateConfigMapUpdate(next: CheckedConfigMap, previous: CheckedConfigMap): FieldError[] {
  return reportOf((report) => checkImmutable(report, next, previous, ["data", "binaryData"]));
}

/** Once immutable, the data stays and so does that. */
export function checkImmutable<K extends string>(
  report: Report,
  next: { readonly immutable?: boolean | undefined } & { readonly [key in K]?: unknown },
  previous: { readonly immutable?: boolean | undefined } & { readonly [key in K]?: unknown },
  fields: readonly K[],
): void {
  if (previous.immutable !== true) return;
  const rule = "field is immutable when `immutable` is set";
  if (next.immutable !== true) report.forbidden("immutable", rule);
  for (const field of fields) {
    if (!equalJson(next[field] ?? {}, previous[field] ?? {})) report.forbidden(field, rule);
  }
}
