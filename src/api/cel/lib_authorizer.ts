import { instance, Library, P } from "./functions.ts";
import { BOOL, CelType, STRING } from "./types.ts";
import { Opaque } from "./value.ts";

const typeNamed = (name: string) => new CelType("opaque", `kubernetes.authorization.${name}`);
export const AUTHORIZER = typeNamed("Authorizer");
export const RESOURCE_CHECK = typeNamed("ResourceCheck");
const [PATH_CHECK, GROUP_CHECK, DECISION] = [typeNamed("PathCheck"), typeNamed("GroupCheck"), typeNamed("Decision")];

/** What an expression asks the authorizer. */
export interface AuthorizationCheck {
  readonly verb: string;
  /** Who is asked about instead of the one who sent the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  /** Of a request that is for no resource. */
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface AuthorizationDecision {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string;
}

/** Answers at once: expressions do not wait. */
export type Decide = (check: AuthorizationCheck) => AuthorizationDecision;

/** An authorizer, or a question to it that is being put together; its type says which. */
export class AuthorizerValue extends Opaque {
  readonly type: CelType;
  readonly decide: Decide;
  readonly asked: Omit<AuthorizationCheck, "verb">;

  constructor(decide: Decide, asked: Omit<AuthorizationCheck, "verb"> = {}, type: CelType = AUTHORIZER) {
    super();
    this.type = type;
    this.decide = decide;
    this.asked = asked;
  }

  with(asked: Omit<AuthorizationCheck, "verb">, type: CelType = this.type): AuthorizerValue {
    return new AuthorizerValue(this.decide, { ...this.asked, ...asked }, type);
  }

  sameAs(other: Opaque): boolean {
    return other === this;
  }
}

class DecisionValue extends Opaque {
  readonly decision: AuthorizationDecision;

  constructor(decision: AuthorizationDecision) {
    super();
    this.decision = decision;
  }

  get type(): CelType {
    return DECISION;
  }

  sameAs(other: Opaque): boolean {
    return other === this;
  }
}

/** The parameter of one of the types that AuthorizerValue has. */
function of(type: CelType) {
  const any = instance(type, AuthorizerValue);
  return {
    type,
    is: (value: Parameters<typeof any.is>[0]): value is AuthorizerValue => any.is(value) && value.type === type,
  };
}

const [authorizer, path, group, resource] = [AUTHORIZER, PATH_CHECK, GROUP_CHECK, RESOURCE_CHECK].map(of) as [
  ReturnType<typeof of>,
  ReturnType<typeof of>,
  ReturnType<typeof of>,
  ReturnType<typeof of>,
];
const decision = instance(DECISION, DecisionValue);
const { string: s } = P;

function check({ decide, asked }: AuthorizerValue, verb: string): DecisionValue {
  return new DecisionValue(decide({ ...asked, verb }));
}

/** Kubernetes' questions to the authorizer, for admission policies and match conditions. */
export const authorizers = new Library()
  .method("path", "authorizer_path", [authorizer, s], PATH_CHECK, ([asked, text]) =>
    asked.with({ path: text }, PATH_CHECK),
  )
  .method("group", "authorizer_group", [authorizer, s], GROUP_CHECK, ([asked, text]) =>
    asked.with({ group: text }, GROUP_CHECK),
  )
  .method("serviceAccount", "authorizer_serviceaccount", [authorizer, s, s], AUTHORIZER, ([asked, namespace, name]) =>
    asked.with({ serviceAccount: { namespace, name } }),
  )
  .method("resource", "groupcheck_resource", [group, s], RESOURCE_CHECK, ([asked, text]) =>
    asked.with({ resource: text }, RESOURCE_CHECK),
  )
  .method("subresource", "resourcecheck_subresource", [resource, s], RESOURCE_CHECK, ([asked, subresource]) =>
    asked.with({ subresource }),
  )
  .method("namespace", "resourcecheck_namespace", [resource, s], RESOURCE_CHECK, ([asked, namespace]) =>
    asked.with({ namespace }),
  )
  .method("name", "resourcecheck_name", [resource, s], RESOURCE_CHECK, ([asked, name]) => asked.with({ name }))
  .method("fieldSelector", "authorizer_fieldselector", [resource, s], RESOURCE_CHECK, ([asked, fieldSelector]) =>
    asked.with({ fieldSelector }),
  )
  .method("labelSelector", "authorizer_labelselector", [resource, s], RESOURCE_CHECK, ([asked, labelSelector]) =>
    asked.with({ labelSelector }),
  )
  .method("check", "pathcheck_check", [path, s], DECISION, ([asked, verb]) => check(asked, verb))
  .method("check", "resourcecheck_check", [resource, s], DECISION, ([asked, verb]) => check(asked, verb))
  .method("errored", "decision_errored", [decision], BOOL, ([made]) => made.decision.error !== undefined)
  .method("error", "decision_error", [decision], STRING, ([made]) => made.decision.error ?? "")
  .method("allowed", "decision_allowed", [decision], BOOL, ([made]) => made.decision.allowed)
  .method("reason", "decision_reason", [decision], STRING, ([made]) => made.decision.reason);
