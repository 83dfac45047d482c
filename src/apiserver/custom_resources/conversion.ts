import { randomUuid, type Random } from "#base/random.ts";
import type { Convert } from "#api/apiextensions/custom_kind.ts";
import type { CustomResourceConversion } from "#api/apiextensions/customresourcedefinition.ts";
import type { KubeObject } from "#api/object.ts";
import type { Store } from "#store/store.ts";
import { StatusError } from "../status_error.ts";
import { webhookTarget, type WebhookDoor } from "../webhook_target.ts";
import type { MakeConvert } from "./served_kinds.ts";

const GROUP = "apiextensions.k8s.io";
/** The forms of a review this server speaks; the first that a definition names is used. */
const REVIEW_VERSIONS = ["v1", "v1beta1"];
const TIMEOUT_MS = 30_000;

interface ConversionParts {
  readonly store: Store;
  readonly random: Random;
  /** Without it no webhook can be called. */
  readonly webhooks: WebhookDoor | undefined;
}

/** What converts the objects of definitions that name a webhook; the versions of others differ in nothing. */
export function webhookConversion(parts: ConversionParts): MakeConvert {
  return ({ spec }) => {
    const { conversion } = spec;
    if (conversion?.strategy !== "Webhook") return undefined;
    return converter(parts, conversion, `${spec.group}/`);
  };
}

/** Asks a webhook for objects in another version. Its failures are the request's (500), in Kubernetes' words. */
function converter(parts: ConversionParts, conversion: CustomResourceConversion, prefix: string): Convert {
  return async (objects, apiVersion) => {
    const foreign = objects.filter((object) => object.apiVersion !== apiVersion);
    const [first] = foreign;
    if (first === undefined) return objects;
    const about = `conversion webhook for ${prefix}${first.apiVersion.slice(prefix.length)}, Kind=${first.kind}`;
    let answered: readonly unknown[];
    try {
      answered = await review(parts, conversion, foreign, apiVersion);
    } catch (error) {
      throw new StatusError(500, "", `${about} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (answered.length !== foreign.length) {
      const message = `${about} returned ${answered.length} objects, expected ${foreign.length}`;
      throw new StatusError(500, "", message);
    }
    const converted = foreign.map((object, index) => accepted(object, answered[index], { apiVersion, about, index }));
    return objects.map((object) => (object.apiVersion === apiVersion ? object : (converted.shift() ?? object)));
  };
}

interface Review {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly response?: {
    readonly uid?: string;
    readonly result?: { readonly status?: string; readonly message?: string };
    readonly convertedObjects?: readonly unknown[] | null;
  };
}

async function review(
  { store, random, webhooks }: ConversionParts,
  { webhook }: CustomResourceConversion,
  objects: readonly KubeObject[],
  desiredAPIVersion: string,
): Promise<readonly unknown[]> {
  const { clientConfig, conversionReviewVersions: offered = [] } = webhook ?? {};
  const version = offered.find((each) => REVIEW_VERSIONS.includes(each));
  if (version === undefined) throw new Error("no supported conversion review versions");
  if (webhooks === undefined || clientConfig === undefined) throw new Error("this server calls no webhooks");
  const uid = randomUuid(random);
  const apiVersion = `${GROUP}/${version}`;
  const body = { apiVersion, kind: "ConversionReview", request: { uid, desiredAPIVersion, objects } };
  const target = webhookTarget(store, clientConfig);
  const { kind, response, ...answer } = (await webhooks({ ...target, body, timeoutMs: TIMEOUT_MS })) as Review;
  if (version === "v1" && (answer.apiVersion !== apiVersion || kind !== "ConversionReview")) {
    const got = `${answer.apiVersion ?? ""}, Kind=${kind ?? ""}`;
    throw new Error(`expected webhook response of ${apiVersion}, Kind=ConversionReview, got ${got}`);
  }
  if (response === undefined) throw new Error("no response provided");
  if (version === "v1" && response.uid !== uid) {
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? "")}`);
  }
  const { status = "", message = "" } = response.result ?? {};
  if (status !== "Success") throw new Error(message || `response.result.status was '${status}', not 'Success'`);
  return response.convertedObjects ?? [];
}

interface Expectation {
  readonly apiVersion: string;
  readonly about: string;
  readonly index: number;
}

/** What a webhook made of an object: of its metadata only labels and annotations may be others. */
function accepted(original: KubeObject, answered: unknown, { apiVersion, about, index }: Expectation): KubeObject {
  const refuse = (why: string) =>
    new StatusError(500, "", `${about} returned invalid converted object at index ${index}: ${why}`);
  if (typeof answered !== "object" || answered === null) throw refuse("it is no object");
  const converted = answered as Partial<KubeObject>;
  if (converted.apiVersion !== apiVersion) {
    throw refuse(`invalid groupVersion (expected ${apiVersion}, received ${converted.apiVersion ?? ""})`);
  }
  if (converted.kind !== original.kind) {
    throw refuse(`invalid kind (expected ${original.kind}, received ${converted.kind ?? ""})`);
  }
  const { metadata } = converted;
  if (typeof metadata !== "object" || metadata === null) throw refuse("missing metadata in converted object");
  const fields = { name: "name", namespace: "namespace", uid: "UID" } as const;
  for (const field of ["name", "namespace", "uid"] as const) {
    const [expected = "", actual = ""] = [original.metadata[field], metadata[field]];
    if (expected !== actual) throw refuse(`must have the same ${fields[field]}: ${expected} != ${actual}`);
  }
  const { labels, annotations } = metadata;
  const { labels: _, annotations: _annotations, ...kept } = original.metadata;
  const restored = { ...kept, ...(labels && { labels }), ...(annotations && { annotations }) };
  return { ...(converted as KubeObject), metadata: restored };
}
