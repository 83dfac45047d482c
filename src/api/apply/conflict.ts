import type { StatusCause } from "../meta/status.ts";
import { difference, isEmpty, pathsOf, type FieldSet } from "./field_set.ts";
import type { Manager } from "./managed_fields.ts";

/** One manager's fields that an apply would change. */
export interface Conflict {
  readonly manager: Manager;
  readonly fields: FieldSet;
}

/**
 * An apply would change fields of others. The server answers 409 with reason Conflict, this message and these
 * causes.
 */
export class ApplyConflictError extends Error {
  override readonly name = "ApplyConflictError";
  readonly conflicts: readonly Conflict[];
  readonly causes: StatusCause[];

  /** `namedVersion` stands for the version each manager used, if it is given. */
  constructor(conflicts: readonly Conflict[], namedVersion?: string) {
    const found = conflicts.map(({ manager, fields }) => ({
      name: managerText(namedVersion === undefined ? manager : { ...manager, apiVersion: namedVersion }),
      paths: pathsOf(fields),
    }));
    super(messageOf(found));
    this.conflicts = conflicts;
    this.causes = found.flatMap(({ name, paths }) =>
      paths.map((field) => ({ reason: "FieldManagerConflict", message: `conflict with ${name}`, field })),
    );
  }
}

function messageOf(found: readonly { name: string; paths: readonly string[] }[]): string {
  const count = found.reduce((sum, { paths }) => sum + paths.length, 0);
  const first = found[0];
  if (count === 1 && first !== undefined) {
    return `Apply failed with 1 conflict: conflict with ${first.name}: ${first.paths[0]}`;
  }
  const lines = found.flatMap(({ name, paths }) => [`conflicts with ${name}:`, ...paths.map((path) => `- ${path}`)]);
  return `Apply failed with ${count} conflicts: ${lines.join("\n")}`;
}

function managerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = JSON.stringify(manager) + (subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}

/** The conflicts that remain when some fields may be taken. */
export function conflictsBeyond(conflicts: readonly Conflict[], allowed: FieldSet): Conflict[] {
  return conflicts
    .map(({ manager, fields }) => ({ manager, fields: difference(fields, allowed) }))
    .filter(({ fields }) => !isEmpty(fields));
}
