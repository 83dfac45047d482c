import type { HttpRequest, HttpResponse } from "#base/http.ts";
import { ISSUER, type ServiceAccountTokens } from "../service_account_tokens.ts";

const CONFIGURATION = "/.well-known/openid-configuration";
const KEYS = "/openid/v1/jwks";

/** Where anybody learns how to check the tokens of service accounts (OpenID Connect Discovery 1.0). */
export function serveIssuer(
  accounts: ServiceAccountTokens | undefined,
  request: HttpRequest,
): HttpResponse | undefined {
  if (accounts === undefined) return undefined;
  if (request.path === CONFIGURATION) {
    return page("application/json", {
      issuer: ISSUER,
      jwks_uri: ISSUER + KEYS,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
    });
  }
  return request.path === KEYS ? page("application/jwk-set+json", { keys: [accounts.key.publicJwk] }) : undefined;
}

export function issuerPaths(accounts: ServiceAccountTokens | undefined): string[] {
  return accounts === undefined ? [] : [CONFIGURATION, KEYS];
}

function page(type: string, value: unknown): HttpResponse {
  const headers = { "content-type": type, "cache-control": "public, max-age=3600" };
  return { status: 200, headers, body: new TextEncoder().encode(JSON.stringify(value)) };
}
