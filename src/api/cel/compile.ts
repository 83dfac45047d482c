import { check, type Checked } from "./checker.ts";
import { joinLibraries, type Functions } from "./functions.ts";
import { authorizers } from "./lib_authorizer.ts";
import { conversions } from "./lib_convert.ts";
import { formats } from "./lib_format.ts";
import { addresses } from "./lib_ip.ts";
import { lists } from "./lib_lists.ts";
import { arithmetic, containers, logic, relations } from "./lib_operators.ts";
import { optionals } from "./lib_optional.ts";
import { quantities } from "./lib_quantity.ts";
import { regexes } from "./lib_regex.ts";
import { semvers } from "./lib_semver.ts";
import { sets } from "./lib_sets.ts";
import { strings } from "./lib_strings.ts";
import { texts } from "./lib_text.ts";
import { times } from "./lib_time.ts";
import { urls } from "./lib_urls.ts";
import { validateLiterals } from "./literals.ts";
import { parse } from "./parser.ts";
import { plan, type Program } from "./plan.ts";
import { showProblems, type Problem } from "./problem.ts";
import type { CelType } from "./types.ts";
import { DYN } from "./types.ts";
import { CelError } from "./value.ts";

/** An expression that checks: its type, and the means to evaluate it. */
export interface Compiled {
  readonly type: CelType;
  readonly checked: Checked;
  readonly program: Program;
}

let joined: Functions | undefined;

/** All functions that Kubernetes 1.36 gives to expressions. */
function kubernetesFunctions(): Functions {
  joined ??= joinLibraries([
    arithmetic,
    relations,
    logic,
    containers,
    conversions,
    texts,
    times,
    optionals,
    strings,
    lists,
    sets,
    regexes,
    urls,
    quantities,
    addresses,
    formats,
    semvers,
    authorizers,
  ]);
  return joined;
}

/** What is wrong with an expression: its text, or a constant in it that cannot be evaluated. */
export type Uncompiled = { readonly problems: string } | { readonly constant: string };

/** Reads, checks and prepares an expression; or says what is wrong with it, as Kubernetes shows it. */
export function compile(source: string, variables: ReadonlyMap<string, CelType>): Compiled | Uncompiled {
  const parsed = parse(source);
  if ("problems" in parsed) return { problems: showProblems(source, parsed.problems) };
  const problems: Problem[] = [];
  const checked = check(parsed.expr, { variables, functions: kubernetesFunctions() }, problems);
  if (problems.length === 0) validateLiterals(checked, problems);
  if (problems.length > 0) return { problems: showProblems(source, problems) };
  const program = plan(checked);
  if (program instanceof CelError) return { constant: program.message };
  return { type: checked.types.get(checked.expr.id) ?? DYN, checked, program };
}
