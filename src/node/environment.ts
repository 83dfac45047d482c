import type { Container } from "#api/core/container.ts";
import type { EnvFromSource, EnvVar } from "#api/core/env.ts";
import type { Pod } from "#api/core/pod.ts";
import type { Service } from "#api/core/service.ts";
import { ConfigError } from "./config_error.ts";
import { fieldValue, resourceValue, type PodPlace } from "./downward.ts";
import { expandVariables } from "./expansion.ts";
import { missing, type Reference, type References } from "./references.ts";
import { serviceVariables } from "./service_variables.ts";

export interface EnvironmentInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly place: PodPlace;
  readonly services: readonly Service[];
  readonly references: References;
}

/**
 * A container's variables. What is named later wins: services, then `envFrom` in order, then `env` in order; a value may
 * refer to what stands before it (pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables).
 *
 * @throws {ConfigError} If something it refers to is not there and not optional.
 */
export async function containerEnvironment(input: EnvironmentInput): Promise<Map<string, string>> {
  const { pod, container, services } = input;
  const links = pod.spec.enableServiceLinks;
  const linked = serviceVariables(services, pod.metadata.namespace, links ?? true);
  const result = new Map<string, string>();
  for (const source of container.envFrom ?? []) await addAll(result, source, input);
  // Expansion sees the services too, but a variable of the container hides a service's.
  const visible = new Map([...linked, ...result]);
  for (const variable of container.env ?? []) {
    const value = await valueOf(variable, visible, input);
    if (value === undefined) continue;
    result.set(variable.name, value);
    visible.set(variable.name, value);
  }
  for (const [name, value] of linked) if (!result.has(name)) result.set(name, value);
  return result;
}

/** The command or arguments with `$(VAR)` replaced. */
export function expandAll(texts: readonly string[] | undefined, variables: ReadonlyMap<string, string>): string[] {
  return (texts ?? []).map((text) => expandVariables(text, variables));
}

async function addAll(result: Map<string, string>, source: EnvFromSource, input: EnvironmentInput): Promise<void> {
  const ref = source.configMapRef ?? source.secretRef;
  if (ref === undefined) return;
  const kind = source.configMapRef ? "ConfigMap" : "Secret";
  const reference: Reference = { kind, namespace: input.pod.metadata.namespace, name: ref.name ?? "" };
  const values = await input.references.read(reference);
  if (values === undefined && !ref.optional) throw missing(reference);
  for (const [key, value] of values ?? []) result.set(`${source.prefix ?? ""}${key}`, decoded(value));
}

async function valueOf(
  variable: EnvVar,
  visible: ReadonlyMap<string, string>,
  { pod, container, place, references }: EnvironmentInput,
): Promise<string | undefined> {
  const from = variable.valueFrom;
  if (from === undefined) return expandVariables(variable.value ?? "", visible);
  if (from.fieldRef) return fieldValue(pod, from.fieldRef.fieldPath, place);
  if (from.resourceFieldRef) return resourceValue(pod, container, from.resourceFieldRef, place);
  const selector = from.configMapKeyRef ?? from.secretKeyRef;
  if (selector === undefined) throw new ConfigError(`environment variable ${variable.name} has an unsupported source`);
  const kind = from.configMapKeyRef ? "ConfigMap" : "Secret";
  const reference: Reference = { kind, namespace: pod.metadata.namespace, name: selector.name ?? "" };
  const values = await references.read(reference);
  if (values === undefined && !selector.optional) throw missing(reference);
  const value = values?.get(selector.key);
  if (value === undefined && values !== undefined && !selector.optional) throw missingKey(reference, selector.key);
  return value && decoded(value);
}

/** kubelet's words, which end differently for the two kinds. */
function missingKey({ kind, namespace, name }: Reference, key: string): ConfigError {
  return new ConfigError(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
}

function decoded(value: Uint8Array): string {
  return new TextDecoder().decode(value);
}
