/** How two values differ, as a unified diff of their JSON. Empty when they do not. */
export function jsonDiff(before: unknown, after: unknown): string {
  const [a, b] = [linesOf(before), linesOf(after)];
  const edits = editsBetween(a, b);
  const hunks = hunksOf(edits);
  if (hunks.length === 0) return "";
  return ["--- ", "+++ ", ...hunks].join("\n") + "\n";
}

function linesOf(value: unknown): string[] {
  return JSON.stringify(value, undefined, 1).split("\n");
}

interface Edit {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** Beyond so many pairs of lines the changed middle is shown as a whole rather than compared. */
const PAIRS_MAX = 1_000_000;
const CONTEXT = 3;

function editsBetween(a: readonly string[], b: readonly string[]): Edit[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const same = (lines: readonly string[]): Edit[] => lines.map((text) => ({ sign: " ", text }));
  const middle = compareMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return [...same(a.slice(0, start)), ...middle, ...same(a.slice(a.length - end))];
}

/** The longest common subsequence, by the textbook table. */
function compareMiddle(a: readonly string[], b: readonly string[]): Edit[] {
  if (a.length * b.length > PAIRS_MAX) {
    return [...a.map((text): Edit => ({ sign: "-", text })), ...b.map((text): Edit => ({ sign: "+", text }))];
  }
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      edits.push({ sign: " ", text: a[i++] ?? "" });
      j++;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      edits.push({ sign: "-", text: a[i++] ?? "" });
    } else edits.push({ sign: "+", text: b[j++] ?? "" });
  }
  return edits;
}

/** The changed lines with three around them, each group under its line numbers. */
function hunksOf(edits: readonly Edit[]): string[] {
  const lines: string[] = [];
  const changed = [...edits.keys()].filter((i) => edits[i]?.sign !== " ");
  let next = 0;
  while (next < changed.length) {
    const from = Math.max((changed[next] ?? 0) - CONTEXT, 0);
    let last = changed[next] ?? 0;
    while (next + 1 < changed.length && (changed[next + 1] ?? 0) - last <= 2 * CONTEXT) last = changed[++next] ?? last;
    next++;
    const hunk = edits.slice(from, last + CONTEXT + 1);
    const before = edits.slice(0, from);
    const count = (list: readonly Edit[], hidden: "+" | "-") => list.filter((edit) => edit.sign !== hidden).length;
    const range = (hidden: "+" | "-") => `${count(before, hidden) + 1},${count(hunk, hidden)}`;
    lines.push(`@@ -${range("+")} +${range("-")} @@`, ...hunk.map((edit) => edit.sign + edit.text));
  }
  return lines;
}
