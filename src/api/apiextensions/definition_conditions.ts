import { formatTime } from "../time.ts";
import { approvalOf, isProtectedGroup, type Approval } from "./api_approval.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition as Condition,
  CustomResourceDefinitionNames as Names,
  CustomResourceDefinitionStatus as Status,
} from "./customresourcedefinition.ts";

type NewCondition = Pick<Condition, "type" | "status" | "reason" | "message">;

/** The conditions with one set. Its time stays where its status does. */
export function withCondition(conditions: readonly Condition[], next: NewCondition, nowMs: number): Condition[] {
  const known = conditions.find(({ type }) => type === next.type);
  const isSame = known?.status === next.status;
  const set = { ...next, lastTransitionTime: (isSame && known.lastTransitionTime) || formatTime(nowMs) };
  if (known === undefined) return [...conditions, set];
  return conditions.map((each) => (each === known ? set : each));
}

/** Names that definitions of a group hold, this one among them. */
export interface TakenNames {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/** What the definitions of one group hold, by their status. */
export function takenNames(accepted: Iterable<Names>): TakenNames {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { plural, singular, shortNames = [], kind, listKind } of accepted) {
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}

/**
 * The status a definition should have: the names that nobody else holds are its own, and it is served once all are
 * (naming_controller.go, establishing_controller.go, apiapproval_controller.go). Pure.
 */
export function plannedStatus(definition: CustomResourceDefinition, taken: TakenNames, nowMs: number): Status {
  const { status } = definition;
  const { names, conflict } = acceptedNames(definition, taken);
  let conditions: Condition[] = [...status.conditions];
  const set = (next: NewCondition) => (conditions = withCondition(conditions, next, nowMs));
  const isEstablished = status.conditions.some((each) => each.type === "Established" && each.status === "True");
  set(conflict ?? { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" });
  if (conflict === undefined) {
    const message = "the initial names have been accepted";
    if (!isEstablished) set({ type: "Established", status: "True", reason: "InitialNamesAccepted", message });
  } else if (!isEstablished) {
    const message = "not all names are accepted";
    set({ type: "Established", status: "False", reason: "NotAccepted", message });
  }
  const approval = approvalCondition(definition);
  if (approval) set(approval);
  return { ...status, acceptedNames: names, conditions };
}

function acceptedNames({ spec, status }: CustomResourceDefinition, taken: TakenNames) {
  const [wanted, held] = [spec.names, status.acceptedNames];
  const names: Names = { ...held };
  let conflict: NewCondition | undefined;
  const refuse = (reason: string, used: readonly string[]) => {
    const texts = used.map((name) => `${JSON.stringify(name)} is already in use`);
    const message = texts.length === 1 ? texts.join("") : `[${texts.join(", ")}]`;
    conflict = { type: "NamesAccepted", status: "False", reason, message };
  };
  const claim = (field: "plural" | "singular" | "kind" | "listKind", reason: string, pool: ReadonlySet<string>) => {
    const name = wanted[field] ?? "";
    if (name !== (held[field] ?? "") && pool.has(name)) refuse(reason, [name]);
    else if (name !== "" || field === "plural" || field === "kind") names[field] = name;
  };
  claim("plural", "PluralConflict", taken.resources);
  claim("singular", "SingularConflict", taken.resources);
  const used = (wanted.shortNames ?? []).filter(
    (name) => !held.shortNames?.includes(name) && taken.resources.has(name),
  );
  if (used.length > 0) refuse("ShortNamesConflict", used);
  else replace(names, "shortNames", wanted.shortNames);
  claim("kind", "KindConflict", taken.kinds);
  claim("listKind", "ListKindConflict", taken.kinds);
  replace(names, "categories", wanted.categories);
  return { names, conflict };
}

function replace(names: Names, field: "shortNames" | "categories", value: string[] | undefined): void {
  if (value === undefined) delete names[field];
  else names[field] = value;
}

const APPROVAL_REASONS: Readonly<Record<Approval["state"], string>> = {
  missing: "MissingAnnotation",
  invalid: "InvalidAnnotation",
  approved: "ApprovedAnnotation",
  bypassed: "UnapprovedAnnotation",
};

function approvalCondition({ metadata, spec }: CustomResourceDefinition): NewCondition | undefined {
  if (!isProtectedGroup(spec.group)) return undefined;
  const { state, reason } = approvalOf(metadata.annotations);
  return {
    type: "KubernetesAPIApprovalPolicyConformant",
    status: state === "approved" ? "True" : "False",
    reason: APPROVAL_REASONS[state],
    message: reason,
  };
}
