/** One hostile request and what must come of it. */
export interface Bomb {
  readonly name: string;
  /** What it is answered with: in a few cases 500, as by kube-apiserver. */
  readonly code: number;
  /** What the message must say, where it matters. */
  readonly message?: RegExp;
  /** Made when it is thrown: some are of megabytes. */
  readonly make: () => Request;
}

export type Request =
  | {
      readonly method: string;
      readonly target: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: Uint8Array;
    }
  /** Bytes on an HTTP/1.1 connection. */
  | { readonly raw: string | Uint8Array };

/** Objects that exist and may be aimed at. */
export const TARGET = { pod: "target", configMap: "target", deployment: "target" } as const;
export const PODS = "/api/v1/namespaces/default/pods";
export const SECRETS = "/api/v1/namespaces/default/secrets";
export const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

const JSON_TYPE = "application/json";
const MERGE = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";
const JSON_PATCH = "application/json-patch+json";
const APPLY = "application/apply-patch+yaml";

const encoder = new TextEncoder();
const bytesOf = (body: unknown): Uint8Array =>
  body instanceof Uint8Array ? body : encoder.encode(typeof body === "string" ? body : JSON.stringify(body));

export const get = (target: string, headers?: Readonly<Record<string, string>>): Request => ({
  method: "GET",
  target,
  ...(headers && { headers }),
});
export const post = (target: string, body: unknown, type = JSON_TYPE): Request => ({
  method: "POST",
  target,
  headers: { "content-type": type },
  body: bytesOf(body),
});
export const put = (target: string, body: unknown): Request => ({ ...post(target, body), method: "PUT" });
const patch = (type: string) => (target: string, body: unknown) => ({ ...post(target, body, type), method: "PATCH" });
export const mergePatch = patch(MERGE);
export const strategicPatch = patch(STRATEGIC);
export const jsonPatch = patch(JSON_PATCH);
export const apply = (target: string, body: unknown) => patch(APPLY)(`${target}?fieldManager=bomb`, body);

/** `{"prefix-0": value, …}` with so many members. */
export function wide(count: number, value: unknown = "", prefix = "k"): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, value]));
}
export const many = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

export const configMap = (rest: object): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "bomb" },
  ...rest,
});
export const pod = (spec: object, metadata: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "bomb", ...metadata },
  spec: { containers: [{ name: "a", image: "a" }], ...spec },
});
