import type { HttpRequest } from "#base/http.ts";
import { PartialObjectMetadata } from "#api/meta/partial_object_metadata.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { encodeProtobuf, hasProtobuf } from "#api/protobuf/encode.ts";
import type { ObjectSchema } from "#api/schema/schema.ts";
import { partialObject, tableFor, type IncludeObject, type Table } from "#api/table.ts";
import type { Entry, Revision } from "#store/store.ts";
import { includeObjectOf } from "./include_object.ts";
import { outputForm, type OutputForm } from "./negotiation.ts";
import { metadataBytes, objectOf, wireBytes } from "./object_codec.ts";
import { asServed } from "./sent_object.ts";
import { StatusError } from "./status_error.ts";
import { dumpYaml } from "./yaml.ts";

const encoder = new TextEncoder();

/** What names its own type. */
export interface Typed {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A value in the form asked for; `schema` gives its protobuf form. */
export function valueBytes(value: unknown, schema: ObjectSchema | undefined, form: OutputForm): Uint8Array {
  if (form.format === "protobuf" && schema !== undefined) return encodeProtobuf(schema, value as Typed);
  if (form.format === "yaml") return encoder.encode(dumpYaml(value));
  return encoder.encode(form.pretty ? `${JSON.stringify(value, undefined, 2)}\n` : JSON.stringify(value));
}

/** A table as its client names its version. */
type ShownTable = Omit<Table, "apiVersion"> & Typed;

/** How one client sees the objects of a kind: in which version, form and projection. */
export class Representation {
  readonly form: OutputForm;
  readonly include: IncludeObject;
  /** Whether what is stored can be copied: an object as it is, in JSON. */
  readonly isCopy: boolean;
  /** Whether it is the metadata of what is stored that can be copied. */
  readonly isMetadataCopy: boolean;
  readonly #kind: AnyKind;
  readonly #now: () => number;

  /** `kind` is the one the client names. @throws {StatusError} 406, 422. */
  constructor(request: HttpRequest, kind: AnyKind, now: () => number, stream = false) {
    this.form = outputForm(request, { projections: true, protobuf: hasProtobuf(kind), stream });
    this.include = includeObjectOf(request.query);
    const { format, as, pretty } = this.form;
    this.isCopy = as === "object" && format === "json" && !pretty && kind.conversion === undefined;
    this.isMetadataCopy = as.startsWith("PartialObjectMetadata") && format === "json" && !pretty;
    this.#kind = kind;
    this.#now = now;
  }

  /** A stored object, at the revision of its deletion if that is given. */
  entryBytes(entry: Entry, revision: Revision = entry.modRevision): Uint8Array {
    if (this.isCopy) return wireBytes(this.#kind, entry, revision);
    if (this.form.as === "PartialObjectMetadata" && this.isMetadataCopy) return this.itemBytes(entry, revision);
    const stored = objectOf(entry);
    if (revision === entry.modRevision) return this.objectBytes(stored);
    return this.objectBytes({ ...stored, metadata: { ...stored.metadata, resourceVersion: String(revision) } });
  }

  /** The metadata of a stored object, where that is what the client is to see. */
  itemBytes(entry: Entry, revision: Revision = entry.modRevision): Uint8Array {
    const type = { apiVersion: `meta.k8s.io/${this.form.metaVersion}`, kind: "PartialObjectMetadata" };
    return metadataBytes(JSON.stringify(type).slice(0, -1), entry, revision);
  }

  /** An object of the stored kind. */
  objectBytes(stored: KubeObject): Uint8Array {
    return valueBytes(this.objectOf(stored), this.objectSchema, this.form);
  }

  /** An object of the stored kind as the client is to see it. @throws {StatusError} 406 for the form of a list. */
  objectOf(stored: KubeObject): Typed {
    const { as } = this.form;
    if (as === "PartialObjectMetadataList") throw notOfThisForm(as, `not a list (${goType(this.#kind)})`);
    if (as === "Table") {
      const { resourceVersion = "" } = stored.metadata;
      return this.table([stored], { resourceVersion });
    }
    return as === "object" ? this.view(stored) : this.#partial(stored);
  }

  /** The type `objectOf` gives. */
  get objectSchema(): ObjectSchema {
    return this.form.as === "object" ? this.#kind.schema : PartialObjectMetadata;
  }

  /** The items of a list as the client is to see them. @throws {StatusError} 406 for the form of one object. */
  itemOf(stored: KubeObject): Typed {
    return this.form.as === "object" ? this.view(stored) : this.#partial(stored);
  }

  checkListForm(listKind: string): void {
    const { as } = this.form;
    if (as === "PartialObjectMetadata")
      throw notOfThisForm(as, `a list (${goType({ ...this.#kind, kind: listKind })})`);
  }

  /** A stored object in the version the client names. */
  view(stored: KubeObject): KubeObject {
    return asServed(this.#kind, stored);
  }

  table(objects: readonly KubeObject[], metadata: object): ShownTable {
    const kind = this.#kind.conversion?.stored ?? this.#kind;
    const options = { metadata, includeObject: this.include, nowMs: this.#now() };
    const table = tableFor(kind, objects, options);
    return { ...table, apiVersion: `meta.k8s.io/${this.form.metaVersion}` };
  }

  #partial(stored: KubeObject): Typed {
    return { ...partialObject(stored), apiVersion: `meta.k8s.io/${this.form.metaVersion}` };
  }
}

/** One object was asked for in the form of a list, or a list in that of an object (handlers/response.go). */
function notOfThisForm(as: string, what: string): StatusError {
  return new StatusError(406, "NotAcceptable", `you requested ${as}, but the requested object is ${what}`);
}

/** The name Go has for the unversioned type of a kind, which refusals quote. */
function goType({ group, kind }: Pick<AnyKind, "group" | "kind">): string {
  return `*${group === "" ? "core" : group.split(".")[0]}.${kind}`;
}
