import type { Clock } from "#base/clock.ts";
import { randomUuid, type Random } from "#base/random.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { Secret } from "#api/core/secret.ts";
import { ServiceAccount } from "#api/core/serviceaccount.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { parseTime } from "#api/time.ts";
import type { Store } from "#store/store.ts";
import type { TokenAuthenticator, TokenHolder } from "./authentication.ts";
import { objectOf, storageKey } from "./object_codec.ts";

/** Signs tokens and knows its own again. */
export interface TokenKey {
  /** Of the public half, as verifiers fetch it. */
  readonly publicJwk: Readonly<Record<string, string>>;
  sign(claims: Readonly<Record<string, unknown>>): string;
  /** What a token says that this key signed; undefined for any other. */
  verify(token: string): Readonly<Record<string, unknown>> | undefined;
}

/** Who is named in a token. */
interface Named {
  readonly name: string;
  readonly uid: string;
}

/** What Kubernetes' tokens say beside what all do (serviceaccount/claims.go). */
interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  /** Seconds since the epoch. */
  readonly exp: number;
  readonly nbf: number;
  readonly jti?: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: Named;
    readonly pod?: Named;
    readonly secret?: Named;
    readonly node?: { readonly name: string; readonly uid?: string };
    readonly warnafter?: number;
  };
}

/** What a token is bound to: it ends with it. */
export interface Binding {
  readonly pod?: Named;
  readonly secret?: Named;
  readonly node?: { readonly name: string; readonly uid?: string };
}

/** Where tokens come from and where they are good, unless they are asked for something else. */
export const ISSUER = "https://kubernetes.default.svc.cluster.local";
/** A token of a deleted pod is good for a moment longer (serviceaccount/claims.go). */
const LEEWAY_MS = 60_000;
/**
 * Tokens that pods are given by default live a year for programs that read them only once; what is asked for is only when
 * their holder should fetch the next (serviceaccount/claims.go, WarnOnlyBoundTokenExpirationPeriod).
 */
const DEFAULT_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 3600;

/** Makes tokens of service accounts, and says whose one is as long as what it is bound to is there. */
export class ServiceAccountTokens {
  readonly key: TokenKey;
  readonly #parts: { readonly store: Store; readonly clock: Clock; readonly random: Random };

  constructor(key: TokenKey, parts: { readonly store: Store; readonly clock: Clock; readonly random: Random }) {
    this.key = key;
    this.#parts = parts;
  }

  /** A token for so many seconds. */
  issue(account: ServiceAccount, audiences: readonly string[], seconds: number, bound: Binding): string {
    const { clock, random } = this.#parts;
    const { name, namespace, uid } = account.metadata;
    const now = Math.floor(clock.now() / 1000);
    const isExtended = bound.pod !== undefined && seconds === DEFAULT_SECONDS && audiences.includes(ISSUER);
    const claims: Claims & { readonly iat: number } = {
      aud: audiences,
      exp: now + (isExtended ? EXTENDED_SECONDS : seconds),
      iat: now,
      iss: ISSUER,
      jti: randomUuid(random),
      "kubernetes.io": {
        namespace,
        ...bound,
        serviceaccount: { name, uid },
        ...(isExtended && { warnafter: now + seconds }),
      },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    return this.key.sign({ ...claims });
  }

  /** Whose token it is; undefined when it is none of ours, is over, is for somebody else, or its object is gone. */
  readonly authenticate: TokenAuthenticator = async (token, audiences = [ISSUER]) => {
    const claims = this.key.verify(token) as Claims | undefined;
    if (claims === undefined || claims.iss !== ISSUER) return undefined;
    const now = this.#parts.clock.now() / 1000;
    if (now >= claims.exp || now < claims.nbf) return undefined;
    const shared = audiences.filter((audience) => claims.aud.includes(audience));
    if (shared.length === 0) return undefined;
    return this.#isBacked(claims["kubernetes.io"]) ? { ...holderOf(claims), audiences: shared } : undefined;
  };

  #isBacked({ namespace, serviceaccount, pod, secret, node }: Claims["kubernetes.io"]): boolean {
    if (!this.#lives(ServiceAccount, namespace, serviceaccount)) return false;
    if (pod !== undefined && !this.#lives(Pod, namespace, pod)) return false;
    if (secret !== undefined && !this.#lives(Secret, namespace, secret)) return false;
    // The node of a pod's token is only told, not what it stands on.
    return pod !== undefined || node?.uid === undefined || this.#lives(Node, "", { name: node.name, uid: node.uid });
  }

  #lives(kind: AnyKind, namespace: string, { name, uid }: Named): boolean {
    const { store, clock } = this.#parts;
    const entry = store.get(storageKey(kind, namespace, name));
    if (entry === undefined) return false;
    const { metadata }: KubeObject = objectOf(entry);
    const isLeaving =
      metadata.deletionTimestamp !== undefined && parseTime(metadata.deletionTimestamp) + LEEWAY_MS < clock.now();
    return metadata.uid === uid && !isLeaving;
  }
}

function holderOf({ sub, jti, "kubernetes.io": { namespace, serviceaccount, pod, node } }: Claims): TokenHolder {
  const extra: Record<string, readonly string[]> = {};
  const tell = (name: string, value: string | undefined) => {
    if (value !== undefined) extra[`authentication.kubernetes.io/${name}`] = [value];
  };
  tell("credential-id", jti && `JTI=${jti}`);
  tell("node-name", node?.name);
  tell("node-uid", node?.uid);
  tell("pod-name", pod?.name);
  tell("pod-uid", pod?.uid);
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  return { name: sub, uid: serviceaccount.uid, groups, extra };
}
