import { Service } from "#api/core/service.ts";
import type { Store } from "#store/store.ts";
import { objectOf, storageKey } from "./object_codec.ts";

/** One call to a webhook. */
export interface WebhookCall {
  /** Where, by `https`. */
  readonly url: string;
  /** The address behind the URL's host, where names are not asked for it. */
  readonly address?: string;
  /** Whom to believe, PEM. Without it, the machine's own list of authorities. */
  readonly ca?: string;
  readonly body: unknown;
  readonly timeoutMs: number;
}

/**
 * The way out to webhooks: sends JSON by POST and gives the JSON that is answered. Rejects when the server cannot be
 * reached, is not who it should be, does not answer in time, or answers with anything but success.
 */
export type WebhookDoor = (call: WebhookCall) => Promise<unknown>;

/** How webhooks are named in configurations: by a URL, or by a Service. */
interface ClientConfig {
  readonly url?: string | undefined;
  readonly service?:
    | { readonly namespace: string; readonly name: string; readonly path?: string | undefined; readonly port: number }
    | undefined;
  /** Base64 of PEM. */
  readonly caBundle?: string | undefined;
}

/**
 * Where a webhook is. A Service is called at its address, by the name its certificate has: `NAME.NAMESPACE.svc`.
 *
 * @throws {Error} When there is no such Service, or it has no address.
 */
export function webhookTarget(store: Store, config: ClientConfig): Pick<WebhookCall, "url" | "address" | "ca"> {
  const { url, service, caBundle = "" } = config;
  const pem = caBundle === "" ? "" : atob(caBundle);
  const ca = pem.trim() === "" ? {} : { ca: pem };
  if (url !== undefined) return { url, ...ca };
  if (service === undefined) throw new Error("neither a URL nor a service is given");
  const { namespace, name, path = "", port } = service;
  const entry = store.get(storageKey(Service, namespace, name));
  if (entry === undefined) throw new Error(`service ${JSON.stringify(name)} not found`);
  const { spec } = objectOf(entry) as Service;
  if (spec.type === "ExternalName") return { url: `https://${spec.externalName}:${port}${path}`, ...ca };
  const address = spec.clusterIP ?? "";
  if (address === "" || address === "None") throw new Error(`service ${JSON.stringify(name)} has no address`);
  if (!spec.ports?.some((each) => each.port === port)) {
    throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  }
  return { url: `https://${name}.${namespace}.svc:${port}${path}`, address, ...ca };
}
