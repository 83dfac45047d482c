import { compile, type Uncompiled } from "./compile.ts";
import { AUTHORIZER, RESOURCE_CHECK } from "./lib_authorizer.ts";
import type { Program } from "./plan.ts";
import type { Run } from "./run.ts";
import { BOOL, CelType, DYN, INT, listType, mapType, STRING, TIMESTAMP } from "./types.ts";
import { CelError, MapValue, type Result, type Value } from "./value.ts";

function object(name: string, fields: Readonly<Record<string, CelType>>): CelType {
  const types = new Map(Object.entries(fields));
  return new CelType("object", `kubernetes.${name}`, [], (field) => types.get(field) ?? types.get(`__${field}__`));
}

const TEXTS = listType(STRING);
const KIND = object("GroupVersionKind", { group: STRING, version: STRING, kind: STRING });
const RESOURCE = object("GroupVersionResource", { group: STRING, version: STRING, resource: STRING });

const REQUEST = object("AdmissionRequest", {
  kind: KIND,
  resource: RESOURCE,
  subResource: STRING,
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: object("UserInfo", { username: STRING, uid: STRING, groups: TEXTS, extra: mapType(STRING, TEXTS) }),
  dryRun: BOOL,
  options: DYN,
});

const NAMESPACE = object("Namespace", {
  metadata: object("NamespaceMetadata", {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: mapType(STRING, STRING),
    annotations: mapType(STRING, STRING),
    UID: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: TEXTS,
  }),
  spec: object("NamespaceSpec", { finalizers: TEXTS }),
  status: object("NamespaceStatus", {
    conditions: listType(
      object("NamespaceCondition", {
        status: STRING,
        type: STRING,
        lastTransitionTime: TIMESTAMP,
        message: STRING,
        reason: STRING,
      }),
    ),
    phase: STRING,
  }),
});

/**
 * What the expressions of admission may name (apiserver pkg/admission/plugin/cel/compile.go). Objects are of any type,
 * as a policy may be about several kinds.
 */
export function admissionVariables(has: {
  readonly params: boolean;
  readonly authorizer: boolean;
}): Map<string, CelType> {
  const variables = new Map([
    ["object", DYN],
    ["oldObject", DYN],
    ["request", REQUEST],
    ["namespaceObject", NAMESPACE],
  ]);
  if (has.params) variables.set("params", DYN);
  if (has.authorizer) variables.set("authorizer", AUTHORIZER).set("authorizer.requestResource", RESOURCE_CHECK);
  return variables;
}

/** The variables a policy defines itself, each of them for those that follow, under `variables`. */
export class Composition {
  readonly environment: Map<string, CelType>;
  readonly #types = new Map<string, CelType>();
  readonly #programs = new Map<string, Program>();

  constructor(environment: ReadonlyMap<string, CelType>) {
    const type = new CelType("object", "kubernetes.variables", [], (field) => this.#types.get(field));
    this.environment = new Map([...environment, ["variables", type]]);
  }

  /** What is wrong with the expression; undefined when nothing is. Its name is then known, of any type at worst. */
  define(name: string, expression: string): Uncompiled | undefined {
    const compiled = compile(expression, this.environment);
    const isWell = "program" in compiled;
    this.#types.set(name, isWell ? compiled.type : DYN);
    if (isWell) this.#programs.set(name, compiled.program);
    return isWell ? undefined : compiled;
  }

  /** The value of `variables` in one evaluation: each is evaluated when it is first asked for, in the same run. */
  values(others: Readonly<Record<string, Result>>, run: Run): MapValue {
    return new ComposedValues(this.#programs, others, run);
  }
}

class ComposedValues extends MapValue {
  readonly #programs: ReadonlyMap<string, Program>;
  readonly #others: Readonly<Record<string, Result>>;
  readonly #run: Run;
  readonly #known = new Map<string, Result>();

  constructor(programs: ReadonlyMap<string, Program>, others: Readonly<Record<string, Result>>, run: Run) {
    super();
    this.#programs = programs;
    this.#others = others;
    this.#run = run;
  }

  get size(): number {
    return this.#programs.size;
  }

  keys(): readonly Value[] {
    return [...this.#programs.keys()];
  }

  find(key: Value): Result | undefined {
    const program = typeof key === "string" ? this.#programs.get(key) : undefined;
    if (program === undefined || typeof key !== "string") return undefined;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const result = this.#run.inner((run) => program.evaluate({ ...this.#others, variables: this }, run));
    const cause = result instanceof CelError ? result.message : undefined;
    const value =
      cause === undefined ? result : new CelError(`composited variable "${key}" fails to evaluate: ${cause}`);
    this.#known.set(key, value);
    return value;
  }
}
