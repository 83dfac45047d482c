import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import { VALUES_BYTES_MAX, base64Bytes, checkImmutable } from "./configmap.ts";
import { configKey } from "./names.ts";
import { entriesOf, reportOf, type Report } from "./report.ts";

interface CheckedSecret {
  readonly metadata: ObjectMeta;
  readonly immutable?: boolean | undefined;
  readonly data?: Readonly<Record<string, string>> | undefined;
  readonly type: string;
}

const ACCOUNT_NAME = "kubernetes.io/service-account.name";
/** Keys that secrets of a type must have. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};

export function validateSecret({ metadata, data = {}, type }: CheckedSecret): FieldError[] {
  return reportOf((report) => {
    let bytes = 0;
    for (const [key, value] of entriesOf(data)) {
      report.check(`data[${key}]`, key, configKey);
      bytes += base64Bytes(value);
    }
    if (bytes > VALUES_BYTES_MAX) report.tooLong("data", VALUES_BYTES_MAX);
    if (type === "kubernetes.io/service-account-token" && !metadata.annotations?.[ACCOUNT_NAME]) {
      report.required(`metadata.annotations[${ACCOUNT_NAME}]`);
    }
    if (type === "kubernetes.io/basic-auth" && !Object.hasOwn(data, "username") && !Object.hasOwn(data, "password")) {
      report.required("data[username]");
      report.required("data[password]");
    }
    for (const key of Object.hasOwn(NEEDED, type) ? (NEEDED[type] ?? []) : []) {
      const isEmpty = key === "ssh-privatekey" && !data[key];
      if (!Object.hasOwn(data, key) || isEmpty) report.required(`data[${key}]`);
      else if (key.startsWith(".docker")) checkJsonObject(report, `data[${key}]`, data[key] ?? "");
    }
  });
}

function checkJsonObject(report: Report, path: string, base64: string): void {
  const redacted = "<secret contents redacted>";
  let value: unknown;
  try {
    value = JSON.parse(atob(base64));
  } catch (error) {
    const reason = base64 === "" ? "unexpected end of JSON input" : "invalid character in JSON";
    report.invalid(path, redacted, error instanceof SyntaxError || error instanceof Error ? reason : String(error));
    return;
  }
  if (typeof value === "object" && !Array.isArray(value)) return;
  const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  report.invalid(path, redacted, `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
}

export function validateSecretUpdate(next: CheckedSecret, previous: CheckedSecret): FieldError[] {
  return reportOf((report) => {
    report.immutable("type", next.type, next.type === previous.type);
    checkImmutable(report, next, previous, ["data"]);
  });
}
