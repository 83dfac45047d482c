import type { Result } from "./value.ts";

/** Evaluation stopped: it did more than it may. */
export class CostExceeded extends Error {
  override readonly name = "CostExceeded";

  constructor() {
    super("operation cancelled: actual cost limit exceeded");
  }
}

const LIMITS = {
  /**
   * Elementary steps of one evaluation: characters read, elements compared. Kubernetes' cost takes no account of how
   * deep the elements of compared lists are or how much of a text a function reads twice; this bounds the time.
   */
  workMax: 20_000_000,
} as const;

/** One evaluation under way: its variables and what it has cost. */
export class Run {
  readonly slots: Result[] = [];
  /** In units of cel-go's interpreter/runtimecost.go. */
  cost = 0;
  readonly #costMax: number;
  readonly #workMax: number;
  #work = 0;

  /** Both bounds only lower what an evaluation may do. */
  constructor(costMax: number, workMax: number = LIMITS.workMax) {
    this.#costMax = costMax;
    this.#workMax = Math.min(workMax, LIMITS.workMax);
  }

  get worked(): number {
    return this.#work;
  }

  /** Throws CostExceeded. */
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.#costMax) throw new CostExceeded();
  }

  /** Evaluates another expression with variables of its own at the cost of this one. */
  inner(evaluate: (run: Run) => Result): Result {
    const run = new Run(this.#costMax - this.cost, this.#workMax - this.#work);
    try {
      return evaluate(run);
    } finally {
      this.cost += run.cost;
      this.#work += run.worked;
    }
  }

  /** Refuses beforehand what would cost too much once it is done. Throws CostExceeded. */
  expect(cost: number): void {
    if (this.cost + cost > this.#costMax) throw new CostExceeded();
  }

  /** Counts elementary steps beside the cost. Throws CostExceeded. */
  work(steps: number): void {
    this.#work += steps;
    if (this.#work > this.#workMax) throw new CostExceeded();
  }
}
