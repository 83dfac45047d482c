import { TokenRequest } from "../authentication/tokenrequest.ts";
import { Scale } from "../autoscaling/scale.ts";
import { Binding } from "../core/binding.ts";
import { Eviction } from "../policy/eviction.ts";
import type { JsonObject } from "../json.ts";
import type { AnyKind } from "../object.ts";
import type { KindRegistry } from "../registry.ts";
import type { ObjectSchema } from "../schema/schema.ts";
import { NO_DESCRIPTIONS, type Descriptions } from "./descriptions.ts";
import { PathWriter, type BodyTypes } from "./document.ts";
import { groupVersionPath, type GroupVersionKind } from "./operations.ts";
import { swaggerToProtobuf } from "./protobuf.ts";
import { Definitions, type Dialect } from "./types.ts";

/** A document as served, and the tag by which clients know whether they have it. */
export interface OpenApiDocument {
  readonly json: string;
  /** 32 hexadecimal digits. */
  readonly hash: string;
}

/** Types sent to subresources that are not kinds with a path of their own. */
const BODIES: readonly (GroupVersionKind & { readonly schema: ObjectSchema })[] = [
  { group: "autoscaling", version: "v1", kind: "Scale", schema: Scale },
  { group: "policy", version: "v1", kind: "Eviction", schema: Eviction },
  { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", schema: TokenRequest },
  { group: "", version: "v1", kind: "Binding", schema: Binding.schema },
];

/**
 * The OpenAPI documents of the kinds in a registry. Each is made when first asked for and made again after the
 * registry has changed.
 */
export class OpenApi {
  readonly #registry: KindRegistry;
  readonly #version: string;
  readonly #describe: Descriptions;
  readonly #made = new Map<string, OpenApiDocument>();
  #swaggerBytes: Uint8Array | undefined;

  /** @param version The server's version, for example `v1.36.3`. */
  constructor(registry: KindRegistry, version: string, describe: Descriptions = NO_DESCRIPTIONS) {
    this.#registry = registry;
    this.#version = version;
    this.#describe = describe;
    registry.onChange(({ kind }) => {
      for (const key of ["index", "v2", `${kind.group}/${kind.version}`]) this.#made.delete(key);
      this.#swaggerBytes = undefined;
    });
  }

  /** `/openapi/v3`: where the document of each group and version is, under a name that changes with it. */
  index(): OpenApiDocument {
    return this.#once("index", () => {
      const paths: Record<string, { serverRelativeURL: string }> = {};
      for (const { group, versions } of this.#registry.groups()) {
        for (const version of versions) {
          const path = groupVersionPath(group, version).slice(1);
          const hash = this.#hashOf(group, version);
          paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
        }
      }
      return { paths };
    });
  }

  /** `/openapi/v3/apis/GROUP/VERSION`, undefined if there is no such group and version. */
  v3(group: string, version: string): OpenApiDocument | undefined {
    const kinds = this.#registry.inGroupVersion(group, version);
    if (kinds.length === 0) return undefined;
    const make = () => {
      const { definitions, writer } = this.#writer(3);
      const paths = writer.pathsOf(kinds);
      return {
        openapi: "3.0.0",
        info: { title: "Kubernetes", version: this.#version },
        paths,
        components: { schemas: definitions.all() },
      };
    };
    return this.#once(`${group}/${version}`, make, fingerprintOf(kinds));
  }

  /** The hash of a document, which is only made for it where nothing else tells it from others. */
  #hashOf(group: string, version: string): string {
    const fingerprint = fingerprintOf(this.#registry.inGroupVersion(group, version));
    return fingerprint === undefined ? (this.v3(group, version)?.hash ?? "") : this.#tag(fingerprint);
  }

  #tag(fingerprint: string): string {
    return hashOf(`${this.#version} ${fingerprint}`);
  }

  /**
   * `/openapi/v2` for `Accept: application/com.github.proto-openapi.spec.v2@v1.0+protobuf`, the only form client-go
   * asks for. The answer's type has a dot for the `@`, which is not allowed there:
   * `application/com.github.proto-openapi.spec.v2.v1.0+protobuf`.
   */
  v2Protobuf(): Uint8Array {
    this.#swaggerBytes ??= swaggerToProtobuf(JSON.parse(this.v2().json) as JsonObject);
    return this.#swaggerBytes;
  }

  /** `/openapi/v2`: everything in one document. */
  v2(): OpenApiDocument {
    return this.#once("v2", () => {
      const { definitions, writer } = this.#writer(2);
      const paths = writer.pathsOf(this.#registry.all());
      return {
        swagger: "2.0",
        info: { title: "Kubernetes", version: this.#version },
        paths,
        definitions: definitions.all(),
      };
    });
  }

  #writer(dialect: Dialect): { definitions: Definitions; writer: PathWriter } {
    const definitions = new Definitions(dialect, this.#describe);
    const bodies: BodyTypes = ({ group, version, kind }) =>
      BODIES.find((each) => each.group === group && each.version === version && each.kind === kind)?.schema;
    return { definitions, writer: new PathWriter(definitions, bodies) };
  }

  #once(key: string, make: () => unknown, fingerprint?: string): OpenApiDocument {
    let document = this.#made.get(key);
    if (!document) {
      const json = JSON.stringify(make());
      document = { json, hash: fingerprint === undefined ? hashOf(json) : this.#tag(fingerprint) };
      this.#made.set(key, document);
    }
    return document;
  }
}

/**
 * What changes whenever the document of some kinds does; undefined when one of them does not say. Hundreds of
 * definitions are listed by their fingerprints without looking at a schema.
 */
function fingerprintOf(kinds: readonly AnyKind[]): string | undefined {
  const fingerprints = kinds.map(({ plural, fingerprint }) => fingerprint && `${plural} ${fingerprint}`);
  return fingerprints.includes(undefined) ? undefined : fingerprints.join("\n");
}

/** Tells documents apart; nothing secret depends on it. FNV-1a in four lanes of 32 bits. */
function hashOf(text: string): string {
  const lanes = Uint32Array.from([0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b]);
  for (let at = 0; at < text.length; at++) {
    const lane = at & 3;
    lanes[lane] = Math.imul((lanes[lane] ?? 0) ^ text.charCodeAt(at), 0x01000193);
  }
  return Array.from(lanes, (lane) => lane.toString(16).padStart(8, "0"))
    .join("")
    .toUpperCase();
}
