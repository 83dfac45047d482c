import { dump, load } from "js-yaml";

/** What a client needs to reach a cluster as its administrator. Certificates and key are PEM. */
export interface Credentials {
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

interface Named {
  name: string;
  [key: string]: unknown;
}

interface Kubeconfig {
  apiVersion?: string;
  kind?: string;
  clusters?: Named[] | null;
  users?: Named[] | null;
  contexts?: Named[] | null;
  "current-context"?: string;
  [key: string]: unknown;
}

const base64 = (text: string) => btoa(text);

/** The kubeconfig of one cluster alone, with context, cluster and user all called `name`. */
export function renderKubeconfig(name: string, credentials: Credentials): string {
  return mergeKubeconfig("", name, credentials);
}

/**
 * Adds (or replaces) the context `name` in a kubeconfig and makes it the current one; what else is there stays.
 *
 * @param existing The file's text; empty when there is none.
 * @throws {Error} If `existing` is not a kubeconfig.
 */
export function mergeKubeconfig(existing: string, name: string, credentials: Credentials): string {
  const config = parse(existing);
  return print({
    apiVersion: "v1",
    kind: "Config",
    preferences: {},
    ...config,
    clusters: replaced(config.clusters, {
      name,
      cluster: { "certificate-authority-data": base64(credentials.ca), server: credentials.server },
    }),
    users: replaced(config.users, {
      name,
      user: { "client-certificate-data": base64(credentials.cert), "client-key-data": base64(credentials.key) },
    }),
    contexts: replaced(config.contexts, { name, context: { cluster: name, user: name } }),
    "current-context": name,
  });
}

/** The credentials of the context `name`, as `renderKubeconfig` wrote them. */
export function credentialsOf(kubeconfig: string, name: string): Credentials {
  const config = parse(kubeconfig);
  const find = (list: Named[] | null | undefined, part: string) =>
    (list?.find((each) => each.name === name)?.[part] ?? {}) as Record<string, string | undefined>;
  const cluster = find(config.clusters, "cluster");
  const user = find(config.users, "user");
  return {
    server: cluster["server"] ?? "",
    ca: atob(cluster["certificate-authority-data"] ?? ""),
    cert: atob(user["client-certificate-data"] ?? ""),
    key: atob(user["client-key-data"] ?? ""),
  };
}

/** Takes the context `name` out again, and its cluster and user. Returns undefined when it was not there. */
export function withoutContext(existing: string, name: string): string | undefined {
  const config = parse(existing);
  if (!config.contexts?.some((context) => context.name === name)) return undefined;
  const others = (list: Named[] | null | undefined) => (list ?? []).filter((each) => each.name !== name);
  const contexts = others(config.contexts);
  const current = config["current-context"] === name ? (contexts[0]?.name ?? "") : config["current-context"];
  return print({
    ...config,
    clusters: others(config.clusters),
    users: others(config.users),
    contexts,
    "current-context": current ?? "",
  });
}

function parse(text: string): Kubeconfig {
  const config = load(text.trim() === "" ? "{}" : text) as Kubeconfig | null | string;
  if (config === null) return {};
  if (typeof config !== "object") throw new Error("the file is not a kubeconfig");
  return config;
}

function replaced(list: Named[] | null | undefined, item: Named): Named[] {
  return [...(list ?? []).filter((each) => each.name !== item.name), item];
}

function print(config: Kubeconfig): string {
  return dump(config, { lineWidth: -1, noRefs: true });
}
