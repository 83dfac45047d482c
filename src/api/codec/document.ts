import type { Json } from "../schema/field.ts";

/** A member of an object as it was written: names may occur more than once. */
export interface Member {
  readonly name: string;
  readonly node: Node;
}

/** A value as it was written, with what a plain value forgets: the order of members and their repetition. */
export type Node =
  | { readonly type: "object"; readonly members: readonly Member[] }
  | { readonly type: "array"; readonly items: readonly Node[] }
  | { readonly type: "scalar" };

/** A parsed body. `value` is never mutated by decoding. */
export interface Document {
  readonly value: Json;
  /** Whether a name occurs twice in one object; in `value` the last one has won. */
  readonly duplicates: boolean;
  /** Complaints of the parser itself that strict decoding reports as they are. */
  readonly problems: readonly string[];
  /** The document as written; computed when asked for. */
  node(): Node;
}

const SCALAR: Node = { type: "scalar" };

/** The node of a value that was never text. */
export function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) return { type: "array", items: value.map(nodeOf) };
  if (typeof value !== "object" || value === null) return SCALAR;
  const members = Object.entries(value).filter(([, each]) => each !== undefined);
  return { type: "object", members: members.map(([name, each]) => ({ name, node: nodeOf(each) })) };
}

/** A document of a value made in this process: a draft, or the result of a patch. */
export function documentOf(value: unknown): Document {
  return { value: value as Json, duplicates: false, problems: [], node: () => nodeOf(value) };
}

/** The body is not JSON or YAML; `message` is the parser's complaint in the words of Go's decoder. */
export class SyntaxProblem extends Error {
  override readonly name = "SyntaxProblem";
  readonly format: "json" | "yaml";

  constructor(message: string, format: "json" | "yaml" = "json") {
    super(message);
    this.format = format;
  }
}

/**
 * Nesting beyond this is refused. Kubernetes' own decoder allows 10,000; ours stays where recursion over an object
 * is safe on the default stack, far above what any object of the API has.
 */
export const DEPTH_MAX = 1_000;

/**
 * Members and elements of one body. Kubernetes bounds bodies by bytes alone; but 3 MiB hold a million values, which
 * would keep every other client waiting for seconds. The largest objects of the field have some 40,000.
 */
export const VALUES_MAX = 100_000;

/** What is said of a body that has more. */
export const TOO_MANY_VALUES = `the body has more than ${VALUES_MAX} values`;
