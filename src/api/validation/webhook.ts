import type { MatchCondition } from "../admissionregistration/expressions.ts";
import type { RuleWithOperations } from "../admissionregistration/match_resources.ts";
import type { WebhookClientConfig } from "../admissionregistration/webhook_client.ts";
import type { LabelSelector } from "../meta/label_selector.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkConditionExpressions } from "./admission_expressions.ts";
import { checkLabelSelector } from "./labels.ts";
import { dnsSubdomain, qualifiedName } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

const SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const FAILURE_POLICIES = ["Fail", "Ignore"];
const MATCH_POLICIES = ["Equivalent", "Exact"];
const REINVOCATION_POLICIES = ["IfNeeded", "Never"];
const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const SCOPES = ["*", "Cluster", "Namespaced"];
const REVIEW_VERSIONS = ["v1", "v1beta1"];
const MATCH_CONDITIONS_MAX = 64;

/** What mutating and validating webhooks have in common. */
interface Webhook {
  readonly name: string;
  readonly clientConfig: WebhookClientConfig;
  readonly rules?: readonly RuleWithOperations[] | undefined;
  readonly failurePolicy: string;
  readonly matchPolicy: string;
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
  readonly sideEffects?: string | undefined;
  readonly timeoutSeconds: number;
  readonly admissionReviewVersions: readonly string[];
  readonly reinvocationPolicy?: string;
  readonly matchConditions?: readonly MatchCondition[] | undefined;
}

export function validateWebhooks({
  webhooks = [],
}: {
  readonly webhooks?: readonly Webhook[] | undefined;
}): FieldError[] {
  return reportOf((report) => {
    const names = new Set<string>();
    for (const [i, webhook] of webhooks.entries()) {
      checkWebhook(report, `webhooks[${i}]`, webhook);
      if (names.has(webhook.name)) report.duplicate(`webhooks[${i}].name`, webhook.name);
      names.add(webhook.name);
    }
  });
}

function checkWebhook(report: Report, path: string, webhook: Webhook): void {
  const { name, rules = [], timeoutSeconds, sideEffects, reinvocationPolicy } = webhook;
  checkFullName(report, `${path}.name`, name);
  checkReviewVersions(report, `${path}.admissionReviewVersions`, webhook.admissionReviewVersions);
  for (const [i, rule] of rules.entries()) checkRule(report, `${path}.rules[${i}]`, rule);
  const oneOf = (field: string, value: string, allowed: readonly string[]) => {
    if (!allowed.includes(value)) report.notSupported(`${path}.${field}`, value, allowed);
  };
  oneOf("failurePolicy", webhook.failurePolicy, FAILURE_POLICIES);
  oneOf("matchPolicy", webhook.matchPolicy, MATCH_POLICIES);
  if (sideEffects === undefined)
    report.required(`${path}.sideEffects`, `must specify one of ${SIDE_EFFECTS.join(", ")}`);
  else oneOf("sideEffects", sideEffects, SIDE_EFFECTS);
  if (timeoutSeconds > 30 || timeoutSeconds < 1) {
    const rule = "the timeout value must be between 1 and 30 seconds";
    report.invalid(`${path}.timeoutSeconds`, timeoutSeconds, rule);
  }
  checkLabelSelector(report, `${path}.namespaceSelector`, webhook.namespaceSelector);
  checkLabelSelector(report, `${path}.objectSelector`, webhook.objectSelector);
  checkClient(report, `${path}.clientConfig`, webhook.clientConfig);
  if (reinvocationPolicy !== undefined) oneOf("reinvocationPolicy", reinvocationPolicy, REINVOCATION_POLICIES);
  checkMatchConditions(report, `${path}.matchConditions`, webhook.matchConditions);
}

/** A name of at least three segments, so that nobody's is another's. */
function checkFullName(report: Report, path: string, name: string): void {
  if (name === "") {
    report.required(path);
    return;
  }
  if (!report.check(path, name, dnsSubdomain)) return;
  if (name.split(".").length < 3) {
    report.invalid(path, name, "should be a domain with at least three segments separated by dots");
  }
}

function checkReviewVersions(report: Report, path: string, versions: readonly string[]): void {
  const known = REVIEW_VERSIONS.join(", ");
  if (versions.length === 0) report.required(path, `must specify one of ${known}`);
  else if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    report.invalid(path, versions, `must include at least one of ${known}`);
  }
  for (const [i, version] of versions.entries()) {
    if (versions.indexOf(version) < i) report.invalid(`${path}[${i}]`, version, "duplicate version");
  }
}

/** Operations, groups, versions and resources must be named; a star stands alone. */
export function checkRule(report: Report, path: string, rule: RuleWithOperations): void {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  const alone = (field: string, values: readonly string[], thing: string) => {
    if (values.length === 0) report.required(`${path}.${field}`);
    if (values.length > 1 && values.includes("*")) {
      report.invalid(`${path}.${field}`, values, `if '*' is present, must not specify other ${thing}`);
    }
  };
  alone("operations", operations, "operations");
  for (const [i, each] of operations.entries()) {
    if (!OPERATIONS.includes(each)) report.notSupported(`${path}.operations[${i}]`, each, OPERATIONS);
  }
  alone("apiGroups", apiGroups, "API groups");
  alone("apiVersions", apiVersions, "API versions");
  for (const [i, each] of apiVersions.entries()) if (each === "") report.required(`${path}.apiVersions[${i}]`);
  if (resources.length === 0) report.required(`${path}.resources`);
  for (const [i, each] of resources.entries()) if (each === "") report.required(`${path}.resources[${i}]`);
  if (!SCOPES.includes(scope)) report.notSupported(`${path}.scope`, scope, SCOPES);
}

/** A webhook is reached by a URL or by a Service, never by both. */
export function checkClient(
  report: Report,
  path: string,
  { url, service }: Pick<WebhookClientConfig, "url" | "service">,
): void {
  if ((url === undefined) === (service === undefined)) {
    report.required(path, "exactly one of url or service is required");
    return;
  }
  if (url !== undefined) checkUrl(report, `${path}.url`, url);
  else if (service) {
    if (service.name === "") report.required(`${path}.service.name`, "service name is required");
    if (service.namespace === "") report.required(`${path}.service.namespace`, "service namespace is required");
    if (service.port < 1 || service.port > 65_535) {
      const rule = "port is not valid: must be between 1 and 65535, inclusive";
      report.invalid(`${path}.service.port`, service.port, rule);
    }
  }
}

function checkUrl(report: Report, path: string, text: string): void {
  const form = "; desired format: https://host[/path]";
  const url = URL.parse(text);
  if (url === null) {
    report.required(path, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URI for request${form}`);
    return;
  }
  if (url.protocol !== "https:") {
    const scheme = url.protocol.slice(0, -1);
    report.invalid(path, scheme, `'https' is the only allowed URL scheme${form}`);
  }
  if (url.host === "") report.invalid(path, url.host, `host must be specified${form}`);
  if (url.username !== "") report.invalid(path, url.username, "user information is not permitted in the URL");
  if (url.hash !== "") report.invalid(path, url.hash.slice(1), "fragments are not permitted in the URL");
  if (url.search !== "") report.invalid(path, url.search.slice(1), "query parameters are not permitted in the URL");
}

export function checkMatchConditions(
  report: Report,
  path: string,
  conditions: readonly MatchCondition[] | undefined,
  hasParams = false,
): void {
  const count = conditions?.length ?? 0;
  if (count > MATCH_CONDITIONS_MAX) report.tooMany(path, count, MATCH_CONDITIONS_MAX);
  const names = new Set<string>();
  for (const [i, { name, expression }] of (conditions ?? []).entries()) {
    if (expression.trim() === "") report.required(`${path}[${i}].expression`);
    if (name === "") report.required(`${path}[${i}].name`);
    else {
      report.check(`${path}[${i}].name`, name, qualifiedName);
      if (names.has(name)) report.duplicate(`${path}[${i}].name`, name);
      names.add(name);
    }
  }
  checkConditionExpressions(report, path, conditions, hasParams);
}
