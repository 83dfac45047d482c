import { RE2JS } from "re2js";
import type { Run } from "./run.ts";
import { CelError, PlainList, type Result } from "./value.ts";

const LIMITS = {
  /** Compiled patterns remembered; those of rules repeat with every object. */
  rememberedMax: 256,
  /** Steps counted for a character: about how much slower a match is than other work. */
  stepsPerChar: 20,
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

function chargeFor(text: string, run: Run): void {
  run.work((text.length + 1) * LIMITS.stepsPerChar);
}

/** Whether a pattern is found anywhere in a text. */
export function matches(text: string, pattern: string, run: Run): Result {
  const compiled = compilePattern(pattern);
  if (compiled instanceof CelError) return compiled;
  chargeFor(text, run);
  return compiled.matcher(text).find();
}

/** The first match, empty when there is none. */
export function findFirst(text: string, pattern: string, run: Run): Result {
  const compiled = compilePattern(pattern);
  if (compiled instanceof CelError) return new CelError(`Illegal regex: ${compiled.message}`);
  chargeFor(text, run);
  const matcher = compiled.matcher(text);
  return matcher.find() ? (matcher.group() ?? "") : "";
}

/** Up to `count` matches, all when it is negative. */
export function findAll(text: string, pattern: string, count: bigint, run: Run): Result {
  const compiled = compilePattern(pattern);
  if (compiled instanceof CelError) return new CelError(`Illegal regex: ${compiled.message}`);
  chargeFor(text, run);
  const matcher = compiled.matcher(text);
  const found: string[] = [];
  const most = count < 0n ? Infinity : Number(count);
  for (let i = 0; i < most && matcher.find(); i++) found.push(matcher.group() ?? "");
  return new PlainList(found);
}
