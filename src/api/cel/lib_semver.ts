import { compareStrings } from "./compare.ts";
import { instance, Library, P } from "./functions.ts";
import { BOOL, CelType, INT } from "./types.ts";
import { CelError, Opaque } from "./value.ts";

const SEMVER = new CelType("opaque", "kubernetes.Semver");
const NUMBER = "(0|[1-9][0-9]*)";
const PRE = "(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)";
const FORM = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${PRE}(?:\\.${PRE})*))?(?:\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?$`,
);

class SemverValue extends Opaque {
  readonly core: readonly bigint[];
  /** The identifiers of a version before the release; none of a release. */
  readonly pre: readonly string[];

  constructor(core: readonly bigint[], pre: readonly string[]) {
    super();
    this.core = core;
    this.pre = pre;
  }

  get type(): CelType {
    return SEMVER;
  }

  sameAs(other: Opaque): boolean {
    return other instanceof SemverValue && compareVersions(this, other) === 0;
  }
}

function semverFrom(text: string): SemverValue | CelError {
  const [, major, minor, patch, pre] = FORM.exec(text) ?? [];
  const core = [major, minor, patch].flatMap((part) => (part === undefined ? [] : [part]));
  if (core.length === 3 && core.every((part) => part.length <= 20)) {
    const numbers = core.map(BigInt);
    if (numbers.every((part) => part < 2n ** 64n)) return new SemverValue(numbers, pre?.split(".") ?? []);
  }
  return new CelError(text === "" ? "Version string empty" : versionProblem(text));
}

function versionProblem(text: string): string {
  const parts = text.split(".", 3);
  if (parts.length < 3) return "No Major.Minor.Patch elements found";
  const bad = parts.find((part) => !/^[0-9]+$/.test(part.split(/[-+]/, 1)[0] ?? ""));
  if (bad !== undefined) return `Invalid character(s) found in version number ${JSON.stringify(bad)}`;
  return `Invalid version ${JSON.stringify(text)}`;
}

/** `v1.2` → `1.2.0`: without the `v`, without leading zeros, with all three numbers. */
function normalized(text: string): string {
  const parts = text.replace(/^v/, "").split(".");
  const [major = "", minor = "", ...rest] = parts;
  const trimmed = [major, minor, rest.join(".")]
    .slice(0, Math.min(parts.length, 3))
    .map((part) => (part.length > 1 ? part.replace(/^0+(?=[0-9])/, "") : part));
  const last = trimmed.at(-1) ?? "";
  if (trimmed.length < 3 && /[+-]/.test(last)) return text;
  while (trimmed.length < 3) trimmed.push("0");
  return trimmed.join(".");
}

function versionFrom(text: string, isLoose: boolean): SemverValue | CelError {
  return semverFrom(isLoose ? normalized(text) : text);
}

function compareVersions(a: SemverValue, b: SemverValue): number {
  for (const [i, part] of a.core.entries()) {
    const other = b.core[i] ?? 0n;
    if (part !== other) return part < other ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length - a.pre.length);
  for (let i = 0; i < Math.min(a.pre.length, b.pre.length); i++) {
    const order = comparePre(a.pre[i] ?? "", b.pre[i] ?? "");
    if (order !== 0) return order;
  }
  return Math.sign(a.pre.length - b.pre.length);
}

/** Numbers stand before words. */
function comparePre(a: string, b: string): number {
  const [x, y] = [/^[0-9]+$/.test(a), /^[0-9]+$/.test(b)];
  if (x !== y) return x ? -1 : 1;
  if (!x) return Math.sign(compareStrings(a, b));
  return a.length === b.length ? Math.sign(compareStrings(a, b)) : Math.sign(a.length - b.length);
}

const [v, { string: s, bool: b }] = [instance(SEMVER, SemverValue), P];

/** Kubernetes' functions on semantic versions. */
export const semvers = new Library()
  .fn("semver", "string_to_semver", [s], SEMVER, ([text]) => versionFrom(text, false))
  .fn("semver", "string_bool_to_semver", [s, b], SEMVER, ([text, isLoose]) => versionFrom(text, isLoose))
  .fn("isSemver", "is_semver_string", [s], BOOL, ([text]) => !(versionFrom(text, false) instanceof CelError))
  .fn(
    "isSemver",
    "is_semver_string_bool",
    [s, b],
    BOOL,
    ([text, isLoose]) => !(versionFrom(text, isLoose) instanceof CelError),
  )
  .method("isGreaterThan", "semver_is_greater_than", [v, v], BOOL, ([x, y]) => compareVersions(x, y) > 0)
  .method("isLessThan", "semver_is_less_than", [v, v], BOOL, ([x, y]) => compareVersions(x, y) < 0)
  .method("compareTo", "semver_compare_to", [v, v], INT, ([x, y]) => BigInt(compareVersions(x, y)))
  .method("major", "semver_major", [v], INT, ([{ core }]) => core[0] ?? 0n)
  .method("minor", "semver_minor", [v], INT, ([{ core }]) => core[1] ?? 0n)
  .method("patch", "semver_patch", [v], INT, ([{ core }]) => core[2] ?? 0n);
