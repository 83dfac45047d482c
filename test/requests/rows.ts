import type { AnyKind } from "#api/object.ts";

/** What is asked of a kind in one row of the table: by which verb, of which subresource, in which form. */
export interface Row {
  readonly verb: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly form: string;
}

const BODIES = ["json", "yaml", "protobuf"] as const;
const READ_FORMS = ["json", "yaml", "protobuf", "Table", "metadata", "metadata in protobuf", "none is met"] as const;
const WATCH_FORMS = ["json", "protobuf", "Table", "metadata", "none is met"] as const;
const WRITE_RULES = ["dry run", "strict", "warn", "an unknown body"] as const;
const PATCHES = ["json patch", "merge patch", "strategic merge patch", "apply"] as const;
const patchForms = PATCHES.flatMap((type) => [type, `${type}, dry run`, `${type}, strict`]);

/** In what forms each verb is asked for. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  create: [...BODIES, ...WRITE_RULES],
  get: READ_FORMS,
  list: READ_FORMS,
  watch: WATCH_FORMS,
  update: [...BODIES, ...WRITE_RULES, "another version"],
  patch: [...patchForms, "json patch with a test that fails", "another version", "an unknown body"],
  delete: ["json", "yaml", "protobuf", "query", "dry run", "another uid", "another version"],
  deletecollection: ["json", "dry run"],
};

/** Served by a connection to a node or by other parts of the server: they have tests of their own. */
const ELSEWHERE = new Set(["attach", "exec", "log", "portforward", "proxy", "token"]);
/** Subresources of which a client sends another object. */
const SENT = new Set(["binding", "eviction"]);

/** Every row there must be for a kind; what is refused for each verb it does not have is one, too. */
export function rowsOf(kind: AnyKind): Row[] {
  const own = Object.keys(FORMS).flatMap((verb) => {
    const isServed = (kind.verbs as readonly string[]).includes(verb);
    return rows(verb, "", isServed ? (FORMS[verb] ?? []) : ["not allowed"]);
  });
  const below = Object.entries(kind.subresources).flatMap(([name, { verbs }]) => {
    if (ELSEWHERE.has(name)) return rows("any", name, ["elsewhere"]);
    return verbs.flatMap((verb) => rows(verb, name, SENT.has(name) ? [...BODIES, "dry run"] : formsBelow(verb, name)));
  });
  return [...own, ...below];
}

function formsBelow(verb: string, subresource: string): readonly string[] {
  const forms = FORMS[verb] ?? [];
  if (subresource === "finalize") return forms.filter((form) => form !== "another version");
  if (subresource !== "scale") return forms;
  // A Scale is no object of its own: nothing but the plain forms is made of it.
  return forms.filter((form) => !["Table", "metadata", "metadata in protobuf"].includes(form));
}

function rows(verb: string, subresource: string, forms: readonly string[]): Row[] {
  return forms.map((form) => ({ verb, subresource, form }));
}

export function rowText({ verb, subresource, form }: Row): string {
  return `${verb}${subresource === "" ? "" : ` ${subresource}`}: ${form}`;
}
