import { dump } from "js-yaml";

/** The value as YAML that Kubernetes' readers take as the same value: no references, long lines kept. */
export function dumpYaml(value: unknown): string {
  return dump(JSON.parse(JSON.stringify(value)), { lineWidth: -1, noRefs: true });
}
