import assert from "node:assert/strict";
import { test } from "node:test";
import { createLocalJWKSet, jwtVerify } from "jose";
import { createServiceAccountKey } from "./certificates.ts";
import { openTokenKey } from "./json_web_token.ts";

test("what it signed it knows, and so does everybody who has its public half", async () => {
  const key = openTokenKey(createServiceAccountKey().privateKey);
  const claims = { iss: "https://here", sub: "me", aud: ["all"] };
  const token = key.sign(claims);
  assert.deepEqual(key.verify(token), claims);
  const { payload, protectedHeader } = await jwtVerify(
    token,
    createLocalJWKSet({ keys: [{ ...key.publicJwk, kty: "EC" }] }),
  );
  assert.deepEqual(payload, claims);
  assert.equal(protectedHeader.alg, "ES256");
});

test("what it did not sign it does not know", () => {
  const key = openTokenKey(createServiceAccountKey().privateKey);
  const [head = "", body = "", signature = ""] = key.sign({ sub: "me" }).split(".");
  const other = Buffer.from(JSON.stringify({ sub: "you" })).toString("base64url");
  const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
  const foreign = openTokenKey(createServiceAccountKey().privateKey).sign({ sub: "me" });
  const strange = [
    `${head}.${other}.${signature}`,
    `${none}.${body}.`,
    `${head}.${body}`,
    `${head}.${body}.${signature}.x`,
  ];
  for (const token of [...strange, foreign, "", "a.b.c", "x".repeat(20_000)])
    assert.equal(key.verify(token), undefined);
});
