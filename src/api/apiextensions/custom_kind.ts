import { decoderOf } from "../codec/compile.ts";
import { applyDefaults } from "../defaults.ts";
import type { Json } from "../json.ts";
import type { AnyKind, KubeObject } from "../object.ts";
import { ALL_VERBS, type KindNames, type StoredForm, type Subresource } from "../schema/kind.ts";
import type { ObjectSchema } from "../schema/schema.ts";
import { customColumns } from "./custom_columns.ts";
import { customSchema } from "./custom_schema.ts";
import { customValidation } from "./custom_validation.ts";
import type {
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
} from "./customresourcedefinition.ts";
import type { JsonSchema } from "./json_schema.ts";
import { plainPath, valueAt } from "./json_path.ts";
import { publishedSchema } from "./published_schema.ts";

/** Turns whole objects into those of another version: `stable.example.com/v1`. */
export type Convert = (objects: readonly KubeObject[], apiVersion: string) => Promise<readonly KubeObject[]>;

/** One version of a custom resource, as its definition has it. */
export interface CustomVersion {
  readonly group: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly names: CustomResourceDefinitionNames;
  readonly version: Omit<CustomResourceDefinitionVersion, "schema">;
  /** The version in which objects are stored. */
  readonly storageVersion: string;
  /** Differs whenever anything here does. */
  readonly fingerprint: string;
  /** Whether the definition is being deleted: no more objects are created. */
  readonly isEnding: boolean;
  /** Looks the schema up; asked only when somebody needs it. */
  schema(): JsonSchema | undefined;
  /** How versions become others; without it they differ in their apiVersion alone. */
  readonly convert?: Convert | undefined;
}

/**
 * Makes the kind that a version of a CustomResourceDefinition declares: the same value as a built-in kind. Its schema
 * is looked up and compiled when first needed, so that a definition nobody uses costs next to nothing.
 */
export function customKind(source: CustomVersion): AnyKind {
  const { group, names, version, scope } = source;
  const { plural, kind, singular, listKind, shortNames, categories } = names;
  const identity = { group, version: version.name, kind, plural, scope } as const;
  const { scale } = version.subresources ?? {};
  const schema = once(() => source.schema());
  const compiled = once(() => compiledSchema(source, schema()));
  const columns = once(() => customColumns(version.additionalPrinterColumns ?? []));
  const made: AnyKind = {
    ...identity,
    apiVersion: `${group}/${version.name}`,
    get schema() {
      return compiled();
    },
    get columns() {
      return columns();
    },
    verbs: ALL_VERBS,
    subresources: subresourcesOf(identity, version.subresources),
    generation: true,
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
    ...(singular && { singular }),
    ...(listKind && { listKind }),
    ...(scale && {
      scale: {
        specReplicas: plainPath(scale.specReplicasPath),
        statusReplicas: plainPath(scale.statusReplicasPath),
        ...(scale.labelSelectorPath && { labelSelector: plainPath(scale.labelSelectorPath) }),
      },
    }),
    ...selectable(version),
    ...(version.deprecated && {
      deprecation: version.deprecationWarning ?? `${group}/${version.name} ${kind} is deprecated`,
    }),
    ...customValidation({ ...identity, scale }, () => schema() ?? {}),
    ...(source.isEnding && { noCreation: "create not allowed while custom resource definition is terminating" }),
    fingerprint: source.fingerprint,
    finalizerRule: "anyName",
    updateNeedsVersion: true,
    warnings: finalizerWarnings,
    stored: storedForm(source, () => made),
  };
  return made;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** `com.example.stable.v1.CronTab`: how OpenAPI documents call a type. */
function definitionName(group: string, version: string, kind: string): string {
  return `${group.split(".").toReversed().join(".")}.${version}.${kind}`;
}

function compiledSchema({ group, names, version }: CustomVersion, schema: JsonSchema | undefined): ObjectSchema {
  const name = definitionName(group, version.name, names.kind);
  return { ...customSchema(name, schema), published: publishedSchema(schema) };
}

function subresourcesOf(
  { group, version, kind }: KindNames,
  subresources: CustomResourceSubresources | undefined,
): Readonly<Record<string, Subresource>> {
  const verbs = ["get", "patch", "update"] as const;
  return {
    ...(subresources?.status && { status: { group, version, kind, verbs } }),
    ...(subresources?.scale && { scale: { group: "autoscaling", version: "v1", kind: "Scale", verbs } }),
  };
}

function selectable({ selectableFields = [] }: CustomVersion["version"]): Pick<AnyKind, "selectableFields"> {
  if (selectableFields.length === 0) return {};
  const readers = selectableFields.map(({ jsonPath }) => {
    const read = (object: KubeObject) => {
      const value = valueAt(object as unknown as Json, jsonPath);
      return value === undefined || value === null ? "" : String(value);
    };
    return [jsonPath.replace(/^\./, ""), read] as const;
  });
  return { selectableFields: Object.fromEntries(readers) };
}

const STANDARD_FINALIZERS = new Set(["orphan", "foregroundDeletion", "kubernetes"]);

/** A finalizer without a domain may be somebody else's, too. */
function finalizerWarnings(next: KubeObject, previous: KubeObject | undefined): string[] {
  const known = previous?.metadata.finalizers ?? [];
  const added = (next.metadata.finalizers ?? []).filter((each) => !known.includes(each));
  return added
    .toSorted()
    .filter((each) => !each.includes("/") && !STANDARD_FINALIZERS.has(each))
    .map((each) => {
      const path = each.includes(".") ? " including a path (/)" : "";
      return `metadata.finalizers: ${JSON.stringify(each)}: prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`;
    });
}

/** Objects are stored in one version; a read makes them fit the present schema of the version asked for. */
function storedForm({ group, storageVersion, convert }: CustomVersion, kindOf: () => AnyKind): StoredForm {
  const stored = `${group}/${storageVersion}`;
  const fit = (object: KubeObject): KubeObject => {
    const kind = kindOf();
    const pruned = decoderOf(kind.schema)(object, { unknown: false }) as KubeObject;
    return applyDefaults(kind, { ...pruned, apiVersion: kind.apiVersion, kind: kind.kind });
  };
  if (convert === undefined) {
    return { read: (objects) => objects.map(fit), write: (object) => ({ ...object, apiVersion: stored }) };
  }
  return {
    read: (objects) => {
      const kind = kindOf();
      const isForeign = objects.some((object) => object.apiVersion !== kind.apiVersion);
      return isForeign ? convert(objects, kind.apiVersion).then((all) => all.map(fit)) : objects.map(fit);
    },
    write: async (object) => {
      if (object.apiVersion === stored) return object;
      const [converted] = await convert([object], stored);
      return converted ?? object;
    },
  };
}
