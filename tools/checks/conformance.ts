import { readFileSync } from "node:fs";

/** Where the behaviours of Kubernetes' conformance suite (v1.36) are listed, and how many each area has there. */
const LISTS = [
  { path: "test/requests/conformance.md", areas: { "sig-api-machinery": 93, "sig-cli": 17 } },
  { path: "test/cluster/conformance.md", areas: { "sig-apps": 54, "sig-scheduling": 11 } },
] as const;

interface Row {
  readonly behaviour: string;
  readonly where: string;
}

/**
 * Each behaviour is listed once, with tests that are there under these very names, or with why it is left; and what
 * the lists say of themselves is counted.
 */
export function conformance(): string[] {
  return LISTS.flatMap(({ path, areas }) => {
    const text = readFileSync(path, "utf8");
    return Object.entries(areas).flatMap(([area, count]) =>
      areaProblems(text, area, count).map((problem) => `${path}: ${problem}`),
    );
  });
}

function areaProblems(text: string, area: string, count: number): string[] {
  const section = text.split(/^## /m).find((each) => each.startsWith(`${area}\n`));
  if (section === undefined) return [`the heading "## ${area}" is missing`];
  const rows = rowsOf(section);
  const problems = rows.flatMap(rowProblems);
  const distinct = new Set(rows.map(({ behaviour }) => behaviour)).size;
  if (distinct !== count || rows.length !== count) {
    problems.push(`${area} has ${count} behaviours: ${distinct} are listed, in ${rows.length} rows`);
  }
  const left = rows.filter(({ where }) => where.startsWith("left: ")).length;
  const summary = `${rows.length - left} of ${count} tested, ${left} left.`;
  if (!section.includes(summary)) problems.push(`${area} must say of itself: ${summary}`);
  return problems;
}

function rowsOf(section: string): readonly Row[] {
  return section.split("\n").flatMap((line) => {
    const [, behaviour = "", where = ""] = /^\| (.+?) +\| (.+?) +\|$/.exec(line) ?? [];
    const isRow = behaviour !== "" && behaviour !== "Behaviour" && !/^-+$/.test(behaviour);
    return isRow ? [{ behaviour, where }] : [];
  });
}

/** `left: why`, or tests as `path` name, one after the other behind semicolons. */
function rowProblems({ behaviour, where }: Row): string[] {
  if (where.startsWith("left: ")) return [];
  const tests = [...where.matchAll(/`([^`]+\.ts)` (.+?)(?=; `|$)/g)];
  if (tests.length === 0) return [`${behaviour}: name a test (\`file\` its name), or say "left: why"`];
  return tests.flatMap(([, path = "", name = ""]) => {
    const found = sourceOf(path);
    if (found === undefined) return [`${behaviour}: there is no ${path}`];
    return found.includes(name) ? [] : [`${behaviour}: no test of ${path} is called "${name}"`];
  });
}

function sourceOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
