import type { ObjectSchema, Schema } from "../schema/schema.ts";
import type { Node } from "./document.ts";

/** Kubernetes stops collecting here. */
const PROBLEMS_MAX = 100;

/**
 * What strict decoding complains about, in the order written: fields the schema does not know and names that
 * repeat, with their paths.
 */
export function strictProblems(schema: ObjectSchema, node: Node): string[] {
  const problems = new Set<string>();
  collect(schema, node, "", problems);
  return [...problems].slice(0, PROBLEMS_MAX);
}

/** Names that repeat in a document of which no schema is known, such as a patch. */
export function repeatedFields(node: Node): string[] {
  const problems = new Set<string>();
  collectRepeated(node, "", problems);
  return [...problems].slice(0, PROBLEMS_MAX);
}

function collectRepeated(node: Node, path: string, problems: Set<string>): void {
  if (node.type === "array") {
    for (const [index, item] of node.items.entries()) collectRepeated(item, `${path}[${index}]`, problems);
  } else if (node.type === "object") {
    const seen = new Set<string>();
    for (const { name, node: member } of node.members) {
      const below = path === "" ? name : `${path}.${name}`;
      if (seen.has(name)) problems.add(`duplicate field ${JSON.stringify(below)}`);
      seen.add(name);
      collectRepeated(member, below, problems);
    }
  }
}

function collect(schema: Schema, node: Node, path: string, problems: Set<string>): void {
  if (problems.size >= PROBLEMS_MAX) return;
  if (node.type === "array") {
    const itemSchema = schema.shape === "list" ? schema.item : alternativeItem(schema);
    if (itemSchema === undefined) return;
    for (const [index, item] of node.items.entries()) collect(itemSchema, item, `${path}[${index}]`, problems);
  } else if (node.type === "object") {
    const seen = new Set<string>();
    for (const member of node.members) {
      if (problems.size >= PROBLEMS_MAX) return;
      const below = path === "" ? member.name : `${path}.${member.name}`;
      const type = memberSchema(schema, member.name);
      if (type === "unknown") problems.add(`unknown field ${JSON.stringify(below)}`);
      else if (type) {
        if (seen.has(member.name)) problems.add(`duplicate field ${JSON.stringify(below)}`);
        seen.add(member.name);
        collect(type, member.node, below, problems);
      }
    }
  }
}

/** An object type whose list may stand for it. */
function alternativeItem(schema: Schema): Schema | undefined {
  return schema.shape === "object" && schema.alternative === "list" ? schema : undefined;
}

/** undefined: what is below is kept verbatim, nobody looks at it. */
function memberSchema(schema: Schema, name: string): Schema | "unknown" | undefined {
  if (schema.shape === "map") return schema.value;
  if (schema.shape !== "object") return undefined;
  if (Object.hasOwn(schema.fields, name)) return schema.fields[name]?.schema;
  return schema.preserveUnknown ? undefined : "unknown";
}
