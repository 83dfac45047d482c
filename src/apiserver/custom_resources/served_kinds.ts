import { customKind, type Convert } from "#api/apiextensions/custom_kind.ts";
import { hasCondition, type CustomResourceDefinition } from "#api/apiextensions/customresourcedefinition.ts";
import type { JsonSchema } from "#api/apiextensions/json_schema.ts";
import type { AnyKind } from "#api/object.ts";
import type { Entry } from "#store/store.ts";
import { definitionIn, outlineIn } from "./definition_text.ts";

/** What of a definition is kept while it is there. */
export interface KnownDefinition {
  /** With empty schemas. */
  readonly definition: CustomResourceDefinition;
  readonly entry: Entry;
  /** Changes when something is to be served otherwise. */
  readonly fingerprint: string;
}

export function knownDefinition(entry: Entry): KnownDefinition {
  const definition = outlineIn(entry);
  const { metadata, status } = definition;
  const isEnding = metadata.deletionTimestamp !== undefined;
  const facts = [
    metadata.uid,
    metadata.generation,
    status.acceptedNames,
    hasCondition(definition, "Established"),
    isEnding,
  ];
  return { definition, entry, fingerprint: JSON.stringify(facts) };
}

/** Makes what converts between the versions of a definition; undefined where nothing has to be done. */
export type MakeConvert = (definition: CustomResourceDefinition) => Convert | undefined;

/** The kinds a definition has served at present: none before its names are accepted. */
export function servedKinds(known: KnownDefinition, makeConvert: MakeConvert): AnyKind[] {
  const { definition } = known;
  if (!hasCondition(definition, "Established")) return [];
  return definition.spec.versions
    .filter(({ served }) => served)
    .map(({ name }) => kindOf(known, name, makeConvert(definition)));
}

/** The kind in which objects are stored, whether it is served or not. */
export function storageKind(known: KnownDefinition, makeConvert: MakeConvert): AnyKind {
  return kindOf(known, storageVersion(known.definition), makeConvert(known.definition));
}

function storageVersion({ spec }: CustomResourceDefinition): string {
  return spec.versions.find(({ storage }) => storage)?.name ?? "";
}

function kindOf(
  { definition, entry, fingerprint }: KnownDefinition,
  name: string,
  convert: Convert | undefined,
): AnyKind {
  const { spec, status, metadata } = definition;
  const version = spec.versions.find((each) => each.name === name);
  if (version === undefined) throw new Error(`${metadata.name} has no version ${name}`);
  return customKind({
    group: spec.group,
    scope: spec.scope === "Cluster" ? "Cluster" : "Namespaced",
    names: status.acceptedNames,
    version,
    storageVersion: storageVersion(definition),
    fingerprint,
    isEnding: metadata.deletionTimestamp !== undefined,
    schema: () => schemaIn(entry, name),
    convert,
  });
}

function schemaIn(entry: Entry, version: string): JsonSchema | undefined {
  const { spec } = definitionIn(entry);
  return spec.versions.find(({ name }) => name === version)?.schema?.openAPIV3Schema;
}
