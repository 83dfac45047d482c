import { loadavg } from "node:os";

/** One measured figure; `value` is a median where there were several runs. */
export interface Figure {
  readonly name: string;
  /** NaN when it could not be measured here; the note says why. */
  readonly value: number;
  readonly unit: string;
  /** What was measured beside the value: number of runs, the worst, the machine's state. */
  readonly note?: string;
  /** What must be reached, and what should be; the direction says on which side good is. */
  readonly goal?: Goal;
}

export interface Goal {
  readonly good: "high" | "low";
  readonly floor: number;
  readonly aim: number;
}

export const atMost = (floor: number, aim: number): Goal => ({ good: "low", floor, aim });
export const atLeast = (floor: number, aim: number): Goal => ({ good: "high", floor, aim });

/** How far a value is beyond (above 1) or short of (below 1) what must be reached. */
export function ratioTo(goal: Goal, value: number): number {
  if (value === goal.floor) return 1;
  return goal.good === "high" ? value / goal.floor : goal.floor / value;
}

export function verdict(goal: Goal, value: number): "aim met" | "floor met" | "missed" {
  const reaches = (mark: number) => (goal.good === "high" ? value >= mark : value <= mark);
  if (reaches(goal.aim)) return "aim met";
  return reaches(goal.floor) ? "floor met" : "missed";
}

/** The middle of `values`, or the upper of the two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Three significant digits, which is more than the machine repeats. */
export function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** The machine's load over the last minute: what else ran while something was measured. */
export function machineLoad(): string {
  return (loadavg()[0] ?? 0).toFixed(2);
}

/** Lines of a table: name, value, floor, aim, ratio, verdict. */
export function figureLines(figures: readonly Figure[]): string[] {
  const width = Math.max(...figures.map((figure) => figure.name.length));
  return figures.map(({ name, value, unit, note, goal }) => {
    const figure = Number.isNaN(value) ? "not run" : rounded(value).toLocaleString("en");
    const shown = `${name.padEnd(width)}  ${figure.padStart(8)} ${unit.padEnd(5)}`;
    const against = goal
      ? `  floor ${goal.floor.toLocaleString("en")}, aim ${goal.aim.toLocaleString("en")}: ` +
        `${ratioTo(goal, value).toFixed(2)} of the floor, ${verdict(goal, value)}`
      : "";
    return `${shown}${against}${note ? `  (${note})` : ""}`;
  });
}
