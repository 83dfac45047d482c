import { fromBase64 } from "#api/base64.ts";
import { ConfigMap } from "#api/core/configmap.ts";
import { Secret } from "#api/core/secret.ts";
import { isApiError, type Client } from "#client/client.ts";
import { ConfigError } from "./config_error.ts";

/** The named values of a ConfigMap or Secret as bytes. */
export type Values = ReadonlyMap<string, Uint8Array>;

export interface Reference {
  readonly kind: "ConfigMap" | "Secret";
  readonly namespace: string;
  readonly name: string;
}

/** The ConfigMaps and Secrets that pods refer to. */
export interface References {
  /** What it holds now, or undefined when it does not exist. Rejects with ConfigError when the API does not answer. */
  read(reference: Reference): Promise<Values | undefined>;
}

/** Reads each time from the API, so a container never starts with an outdated value. */
export function clientReferences(client: Client): References {
  return {
    async read({ kind, namespace, name }) {
      try {
        if (kind === "Secret") return secretValues(await client.get(Secret, { namespace, name }));
        return configMapValues(await client.get(ConfigMap, { namespace, name }));
      } catch (error) {
        if (isApiError(error, "NotFound")) return undefined;
        throw new ConfigError(error instanceof Error ? error.message : String(error));
      }
    },
  };
}

function configMapValues({ data = {}, binaryData = {} }: ConfigMap): Values {
  const text = Object.entries(data).map(([key, value]): [string, Uint8Array] => [key, new TextEncoder().encode(value)]);
  return new Map([...text, ...decodeAll(binaryData)]);
}

function secretValues({ data = {} }: Secret): Values {
  return new Map(decodeAll(data));
}

function decodeAll(values: Readonly<Record<string, string>>): [string, Uint8Array][] {
  return Object.entries(values).map(([key, base64]) => [key, fromBase64(base64)]);
}

/** The API's words for what is missing. */
export function missing({ kind, name }: Reference): ConfigError {
  return new ConfigError(`${kind.toLowerCase()} "${name}" not found`);
}
