/** One number of a family, for one set of label values. */
export class Count {
  value = 0;

  add(by = 1): void {
    this.value += by;
  }
}

/** How often values fell at or below each bound of a family, for one set of label values. */
export class Distribution {
  readonly #bounds: readonly number[];
  /** Values above the bound before and up to this one; the last holds what is above all. */
  readonly bins: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.bins = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? 0)) at++;
    this.bins[at] = (this.bins[at] ?? 0) + 1;
    this.sum += value;
  }
}

/** The members of one metric by their label values. Callers on a hot path keep the member they were given. */
export interface Family<Member> {
  /** The member for label values in the order in which the labels were declared; made when first asked for. */
  of(...values: readonly string[]): Member;
}

/** One number read when somebody asks: label values in the order declared, and the number. */
export type Reading = readonly [labels: readonly string[], value: number];

type Type = "counter" | "gauge";

/**
 * The numbers a program gives of itself, in the text form of Prometheus (version 0.0.4). Counting is an addition;
 * all text is made when it is asked for.
 */
export class MetricRegistry {
  readonly #families = new Map<string, () => string[]>();

  counter(name: string, help: string, labels: readonly string[] = []): Family<Count> {
    return this.#counts("counter", name, help, labels);
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Family<Count> {
    return this.#counts("gauge", name, help, labels);
  }

  /** @param bounds Upper bounds of the buckets, ascending, in the unit of the name. */
  histogram(name: string, help: string, labels: readonly string[], bounds: readonly number[]): Family<Distribution> {
    const members = new Members(() => new Distribution(bounds));
    this.#add(name, "histogram", help, () =>
      members.all().flatMap(([values, member]) => histogramLines(name, labels, values, bounds, member)),
    );
    return members;
  }

  /** Numbers that exist elsewhere and are read for each answer. */
  read(type: Type, name: string, help: string, labels: readonly string[], readings: () => Iterable<Reading>): void {
    this.#add(name, type, help, () => Array.from(readings(), ([values, value]) => line(name, labels, values, value)));
  }

  /** All of it, families in the order in which they were declared. */
  text(): string {
    return Array.from(this.#families.values(), (family) => `${family().join("\n")}\n`).join("");
  }

  #counts(type: Type, name: string, help: string, labels: readonly string[]): Family<Count> {
    const members = new Members(() => new Count());
    // A family without labels is there from the start, at zero.
    if (labels.length === 0) members.of();
    this.#add(name, type, help, () =>
      members.all().map(([values, member]) => line(name, labels, values, member.value)),
    );
    return members;
  }

  /** @throws {RangeError} When there is such a family already. */
  #add(name: string, type: string, help: string, lines: () => string[]): void {
    if (this.#families.has(name)) throw new RangeError(`The metric ${name} is declared twice`);
    const head = [`# HELP ${name} ${help.replace(/[\\\n]/g, escaped)}`, `# TYPE ${name} ${type}`];
    this.#families.set(name, () => [...head, ...lines()]);
  }
}

/** Separates label values in a key: no label of ours holds it. */
const SEPARATOR = "\u0000";

class Members<Member> implements Family<Member> {
  readonly #make: () => Member;
  readonly #members = new Map<string, readonly [readonly string[], Member]>();

  constructor(make: () => Member) {
    this.#make = make;
  }

  of(...values: readonly string[]): Member {
    const key = values.join(SEPARATOR);
    let known = this.#members.get(key);
    if (known === undefined) this.#members.set(key, (known = [values, this.#make()]));
    return known[1];
  }

  all(): (readonly [readonly string[], Member])[] {
    return [...this.#members.values()];
  }
}

function histogramLines(
  name: string,
  labels: readonly string[],
  values: readonly string[],
  bounds: readonly number[],
  { bins, sum }: Distribution,
): string[] {
  let count = 0;
  const buckets = bins.map((inBin, at) => {
    count += inBin;
    const bound = bounds[at];
    return line(`${name}_bucket`, [...labels, "le"], [...values, bound === undefined ? "+Inf" : String(bound)], count);
  });
  return [...buckets, line(`${name}_sum`, labels, values, sum), line(`${name}_count`, labels, values, count)];
}

function line(name: string, labels: readonly string[], values: readonly string[], value: number): string {
  if (labels.length === 0) return `${name} ${number(value)}`;
  const pairs = labels.map((label, at) => `${label}="${(values[at] ?? "").replace(/[\\"\n]/g, escaped)}"`);
  return `${name}{${pairs.join(",")}} ${number(value)}`;
}

function number(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

function escaped(character: string): string {
  return character === "\n" ? String.raw`\n` : `\\${character}`;
}
