import type { HttpRequest } from "#base/http.ts";

/** Who asks. */
export interface User {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Who holds a token, and for which of those asked for it is meant. */
export interface TokenHolder extends User {
  readonly audiences?: readonly string[] | undefined;
}

/**
 * Tells who holds a bearer token; undefined when it knows nothing of it.
 *
 * @param audiences Who wants to know; by default this API server.
 */
export type TokenAuthenticator = (token: string, audiences?: readonly string[]) => Promise<TokenHolder | undefined>;

const ANONYMOUS: User = {
  name: "system:anonymous",
  uid: "",
  groups: ["system:unauthenticated"],
  extra: {},
};

/** Group of the components of this process and of cluster administrators. */
export const MASTERS_GROUP = "system:masters";

/** A user with the group every authenticated user has. */
function authenticated(name: string, groups: readonly string[], extra: User["extra"] = {}): User {
  return { name, uid: "", groups: [...groups, "system:authenticated"], extra };
}

/**
 * Who sent `request`: a component of this process, the subject of a client certificate, the holder of a bearer
 * token, or nobody we know. A token that no authenticator knows is refused, never treated as anonymous.
 *
 * @returns "refused" when credentials were sent and are not valid.
 */
export async function authenticate(
  request: HttpRequest,
  tokens: readonly TokenAuthenticator[],
): Promise<User | "refused"> {
  const { internalUser, certificate } = request.peer;
  if (internalUser !== undefined) return authenticated(internalUser, [MASTERS_GROUP]);
  if (certificate !== undefined && certificate.commonName !== "") {
    const { commonName, organizations, sha256 } = certificate;
    // By this, logs tell apart what was done with one certificate (apiserver authentication/request/x509).
    const extra =
      sha256 === undefined ? {} : { "authentication.kubernetes.io/credential-id": [`X509SHA256=${sha256}`] };
    return authenticated(commonName, organizations, extra);
  }
  const token = bearerToken(request.headers["authorization"]);
  if (token === undefined) return ANONYMOUS;
  return (await tokenUser(token, tokens)) ?? "refused";
}

/** The holder of `token`, as the first authenticator that knows it says. */
export async function tokenUser(
  token: string,
  tokens: readonly TokenAuthenticator[],
  audiences?: readonly string[],
): Promise<TokenHolder | undefined> {
  for (const tokenAuthenticator of tokens) {
    const user = await tokenAuthenticator(token, audiences);
    if (user !== undefined) return { ...user, groups: [...user.groups, "system:authenticated"] };
  }
  return undefined;
}

function bearerToken(header: string | undefined): string | undefined {
  const match = /^bearer\s+(\S+)$/i.exec(header?.trim() ?? "");
  return match?.[1];
}
