import type { TLSSocket } from "node:tls";
import type { Peer } from "#base/http.ts";

/** Reads who the other end of a TLS connection proved to be. Once per connection: the answer cannot change. */
export function peerOf(socket: TLSSocket): Peer {
  const address = socket.remoteAddress ?? "";
  // Absent when the client offered no certificate at all, whatever the types say.
  const certificate = socket.getPeerCertificate();
  const subject = certificate?.subject as Record<string, string | string[] | undefined> | undefined;
  if (subject === undefined) return { address };
  if (!socket.authorized) return { address, certificateError: String(socket.authorizationError) };
  return {
    address,
    certificate: {
      commonName: listOf(subject["CN"])[0] ?? "",
      organizations: listOf(subject["O"]),
      sha256: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    },
  };
}

/** Node gives an attribute that occurs once as a string, one that occurs several times as an array. */
function listOf(attribute: string | string[] | undefined): string[] {
  if (attribute === undefined) return [];
  return Array.isArray(attribute) ? attribute : [attribute];
}
