import { RE2JS } from "re2js";
import type { Run } from "./run.ts";
import { CelError, PlainList, type Result } from "./value.ts";

const LIMITS = {
  /** Compiled patterns remembered; those of rules repeat with every object. */
  rememberedMax: 256,
  /** Steps counted for compiling one character of a pattern. */
  stepsPerPatternChar: 250,
  /** Instructions above which a pattern may be matched state by state. */
  programMax: 300,
} as const;

const remembered = new Map<string, RE2JS | CelError>();

/** A pattern in RE2's syntax, whose matching takes time linear in the text. */
export function compilePattern(pattern: string): RE2JS | CelError {
  const known = remembered.get(pattern);
  if (known !== undefined) return known;
  if (remembered.size >= LIMITS.rememberedMax) remembered.clear();
  const compiled = read(pattern);
  remembered.set(pattern, compiled);
  return compiled;
}

function read(pattern: string): RE2JS | CelError {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof Error) return new CelError(error.message);
    throw error;
  }
}

/** A pattern for one evaluation, which pays for compiling it when it is not known. */
function patternFor(pattern: string, run: Run): RE2JS | CelError {
  if (!remembered.has(pattern)) run.work(pattern.length * LIMITS.stepsPerPatternChar);
  return compilePattern(pattern);
}

/** Counts what a match may take at worst, as measured: a match that tells where it is takes longer. */
function chargeFor(text: string, pattern: RE2JS, isLocated: boolean, run: Run): void {
  const size = pattern.programSize();
  const perChar = size > LIMITS.programMax ? 3 * size : 5 + (isLocated ? size : size / 8);
  run.work((text.length + 1) * perChar);
}

/** Whether a pattern is found anywhere in a text. */
export function matches(text: string, pattern: string, run: Run): Result {
  const compiled = patternFor(pattern, run);
  if (compiled instanceof CelError) return compiled;
  chargeFor(text, compiled, false, run);
  return compiled.test(text);
}

/** The first match, empty when there is none. */
export function findFirst(text: string, pattern: string, run: Run): Result {
  const compiled = patternFor(pattern, run);
  if (compiled instanceof CelError) return new CelError(`Illegal regex: ${compiled.message}`);
  chargeFor(text, compiled, true, run);
  const matcher = compiled.matcher(text);
  return matcher.find() ? (matcher.group() ?? "") : "";
}

/** Up to `count` matches, all when it is negative. */
export function findAll(text: string, pattern: string, count: bigint, run: Run): Result {
  const compiled = patternFor(pattern, run);
  if (compiled instanceof CelError) return new CelError(`Illegal regex: ${compiled.message}`);
  chargeFor(text, compiled, true, run);
  const matcher = compiled.matcher(text);
  const found: string[] = [];
  const most = count < 0n ? Infinity : Number(count);
  for (let i = 0; i < most && matcher.find(); i++) {
    // A search may look to the end of the text each time.
    if (i % 16 === 15) chargeFor("", compiled, true, run);
    found.push(matcher.group() ?? "");
  }
  return new PlainList(found);
}
