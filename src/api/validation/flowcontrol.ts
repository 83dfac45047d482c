import type { FlowSchemaSpec } from "../flowcontrol/flowschema.ts";
import type {
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "../flowcontrol/prioritylevelconfiguration.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkFlowRule } from "./flow_rules.ts";
import { dnsSubdomain } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

const PRECEDENCE_MAX = 10_000;
const QUEUES_MAX = 10_000_000;
const HASH_BITS_MAX = 60;
const DISTINGUISHERS = ["ByNamespace", "ByUser"];
/** The schema, and the level, of those who are never held up. */
const EXEMPT = "exempt";

interface CheckedSchema {
  readonly metadata: ObjectMeta;
  readonly spec: FlowSchemaSpec;
}

interface CheckedLevel {
  readonly metadata: ObjectMeta;
  readonly spec: PriorityLevelConfigurationSpec;
}

export function validateFlowSchema({ metadata, spec }: CheckedSchema): FieldError[] {
  return reportOf((report) => {
    const { matchingPrecedence: precedence, distinguisherMethod } = spec;
    const at = "spec.matchingPrecedence";
    if (precedence <= 0) report.invalid(at, precedence, "must be a positive value");
    if (precedence > PRECEDENCE_MAX) report.invalid(at, precedence, `must not be greater than ${PRECEDENCE_MAX}`);
    if (precedence === 1 && metadata.name !== EXEMPT) {
      report.invalid(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
    }
    if (distinguisherMethod && !DISTINGUISHERS.includes(distinguisherMethod.type)) {
      report.notSupported("spec.distinguisherMethod.type", distinguisherMethod, DISTINGUISHERS);
    }
    const { name } = spec.priorityLevelConfiguration;
    const level = "spec.priorityLevelConfiguration.name";
    if (name === "") report.required(level, "must reference a priority level");
    else report.check(level, name, dnsSubdomain);
    for (const [i, rule] of (spec.rules ?? []).entries()) checkFlowRule(report, `spec.rules[${i}]`, rule);
  });
}

export function validatePriorityLevel({ metadata, spec }: CheckedLevel): FieldError[] {
  return reportOf((report) => {
    const { type, limited, exempt } = spec;
    if ((metadata.name === EXEMPT) !== (type === "Exempt")) {
      report.invalid("spec.type", type, "type must be 'Exempt' if and only if name is 'exempt'");
    }
    if (type === "Limited") {
      if (exempt) report.forbidden("spec.exempt", "must be nil if the type is Limited");
      if (limited) checkLimited(report, "spec.limited", limited);
      else report.required("spec.limited", "must not be empty when type is Limited");
    } else if (type === "Exempt") {
      if (limited) report.forbidden("spec.limited", "must be nil if the type is not Limited");
    } else report.notSupported("spec.type", type, ["Exempt", "Limited"]);
  });
}

type Limited = NonNullable<PriorityLevelConfigurationSpec["limited"]>;

function checkLimited(report: Report, path: string, limited: Limited): void {
  const { nominalConcurrencyShares: shares = 0, limitResponse, lendablePercent, borrowingLimitPercent } = limited;
  if (shares < 0) report.invalid(`${path}.nominalConcurrencyShares`, shares, "must be a non-negative integer");
  const { type, queuing } = limitResponse;
  const at = `${path}.limitResponse`;
  if (type === "Reject") {
    if (queuing) report.forbidden(`${at}.queuing`, "must be nil if limited.limitResponse.type is not Limited");
  } else if (type !== "Queue") report.notSupported(`${at}.type`, type, ["Queue", "Reject"]);
  else if (!queuing) {
    report.required(`${at}.queuing`, "must not be empty if limited.limitResponse.type is Limited");
  } else {
    checkQueuing(report, `${at}.queuing`, queuing);
  }
  if (lendablePercent < 0 || lendablePercent > 100) {
    report.invalid(`${path}.lendablePercent`, lendablePercent, "must be between 0 and 100, inclusive");
  }
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0) {
    const rule = "if specified, must be a non-negative integer";
    report.invalid(`${path}.borrowingLimitPercent`, borrowingLimitPercent, rule);
  }
}

function checkQueuing(report: Report, path: string, queuing: QueuingConfiguration): void {
  const { queues, handSize, queueLengthLimit } = queuing;
  if (queueLengthLimit <= 0) report.invalid(`${path}.queueLengthLimit`, queueLengthLimit, "must be positive");
  if (queues <= 0) report.invalid(`${path}.queues`, queues, "must be positive");
  if (queues > QUEUES_MAX) report.invalid(`${path}.queues`, queues, `must not be greater than ${QUEUES_MAX}`);
  const at = `${path}.handSize`;
  // A flow's hand of queues is dealt by the bits of one hash.
  const bits = Math.ceil(Math.log2(queues) * handSize);
  if (handSize <= 0) report.invalid(at, handSize, "must be positive");
  else if (handSize > queues) report.invalid(at, handSize, `should not be greater than queues (${queues})`);
  else if (bits > HASH_BITS_MAX) {
    const rule = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS_MAX}`;
    report.invalid(at, handSize, rule);
  }
}
