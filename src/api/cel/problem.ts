/** Something wrong with an expression's text, where it stands. */
export interface Problem {
  /** UTF-16 index into the source; undefined when it concerns the whole. */
  readonly at: number | undefined;
  readonly message: string;
}

const LIMITS = {
  /** Further problems are only counted (cel-go common/errors.go). */
  problemsMax: 100,
  /** Longer lines are not shown. */
  lineCharsMax: 16384,
} as const;

interface Place {
  readonly line: number;
  /** Code points before it in the line. */
  readonly column: number;
  readonly text: string;
}

function placeOf(source: string, at: number | undefined): Place {
  if (at === undefined) return { line: -1, column: -1, text: "" };
  const start = source.lastIndexOf("\n", at - 1) + 1;
  const end = source.indexOf("\n", start);
  const line = source.slice(0, start).split("\n").length;
  return {
    line,
    column: Array.from(source.slice(start, at)).length,
    text: source.slice(start, end < 0 ? undefined : end),
  };
}

/** A problem as cel-go shows it: its place, the line, and a mark below. */
function shown(problem: Problem, place: Place): string {
  const head = `ERROR: <input>:${place.line}:${place.column + 1}: ${problem.message}`;
  if (place.line < 0 || Array.from(place.text).length > LIMITS.lineCharsMax) return head;
  const text = place.text.replaceAll("\t", " ");
  const chars = Array.from(text);
  const isWide = (char: string | undefined) => char !== undefined && char > "\u007f";
  const dots = chars.slice(0, place.column).map((char) => (isWide(char) ? "\uff0e" : "."));
  return `${head}\n | ${text}\n | ${dots.join("")}${isWide(chars[place.column]) ? "\uff3e" : "^"}`;
}

/** All problems in the order of their places, as Kubernetes puts them behind `compilation failed: `. */
export function showProblems(source: string, problems: readonly Problem[]): string {
  const placed = problems
    .slice(0, LIMITS.problemsMax)
    .map((problem) => ({ problem, place: placeOf(source, problem.at) }))
    .toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  const lines = placed.map(({ problem, place }) => shown(problem, place));
  const left = problems.length - placed.length;
  if (left > 0) lines.push(`${left} more errors were truncated`);
  return lines.join("\n");
}
