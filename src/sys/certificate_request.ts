import { X509Certificate, createPublicKey, verify } from "node:crypto";
import { elements, type Element } from "./der.ts";
import { signRequested, type KeyPair } from "./certificates.ts";

/** Somebody asks for a certificate (PKCS #10); what he asks for is read, not yet granted. */
export interface SigningRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  /** IPv6 in eight groups, none left out. */
  readonly ipAddresses: readonly string[];
}

/** The text is no request, or is not signed by the key it names. */
export class RequestError extends Error {
  override readonly name = "RequestError";
}

interface Parsed extends SigningRequest {
  readonly subject: Buffer;
  readonly publicKey: Buffer;
  /** The value of the extension subjectAltName, as it stands in the request. */
  readonly names: Buffer | undefined;
}

const PEM = /-----BEGIN CERTIFICATE REQUEST-----([\s\S]+?)-----END CERTIFICATE REQUEST-----/;
/** Object identifiers by their content, in hexadecimal. */
const OID = {
  commonName: "550403",
  organization: "55040a",
  subjectAltName: "551d11",
  extensionRequest: "2a864886f70d01090e",
} as const;
const NAME = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;
/** Signature algorithms by their identifiers: what to hash with; Ed25519 hashes by itself. */
const HASHES: Readonly<Record<string, string | null>> = {
  "2a8648ce3d040302": "sha256",
  "2a8648ce3d040303": "sha384",
  "2a8648ce3d040304": "sha512",
  "2a864886f70d01010b": "sha256",
  "2a864886f70d01010c": "sha384",
  "2a864886f70d01010d": "sha512",
  "2b6570": null,
};

/**
 * Reads a request and checks that its sender has the key.
 *
 * @throws {RequestError}
 */
export function readSigningRequest(pem: string): SigningRequest {
  const { commonName, organizations, dnsNames, emailAddresses, uris, ipAddresses } = parse(pem);
  return { commonName, organizations, dnsNames, emailAddresses, uris, ipAddresses };
}

/**
 * A certificate for the request's key, subject and names, PEM.
 *
 * @param usages Kubernetes' words for what the key may be used for.
 * @throws {RequestError}
 */
export function signSigningRequest(
  authority: KeyPair,
  pem: string,
  options: { readonly usages: readonly string[]; readonly notBeforeMs: number; readonly notAfterMs: number },
): string {
  const { subject, publicKey, names } = parse(pem);
  return signRequested(authority, { subject, publicKey, names, ...options });
}

/** From when to when a certificate is good, milliseconds since the epoch. */
export interface Life {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** @throws {Error} When the text is no certificate. */
export function certificateLife(pem: string): Life {
  const { validFrom, validTo } = new X509Certificate(pem);
  return { fromMs: Date.parse(validFrom), untilMs: Date.parse(validTo) };
}

/** When a certificate ends, milliseconds since the epoch; undefined for what is none. */
export function certificateEndMs(pem: string): number | undefined {
  try {
    return certificateLife(pem).untilMs;
  } catch {
    return undefined;
  }
}

function parse(pem: string): Parsed {
  const text = PEM.exec(pem)?.[1];
  if (text === undefined) throw new RequestError("PEM block type must be CERTIFICATE REQUEST");
  try {
    return parseDer(Buffer.from(text, "base64"));
  } catch (error) {
    if (error instanceof RequestError) throw error;
    throw new RequestError(`the certificate request cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function parseDer(der: Buffer): Parsed {
  const [info, algorithm, signature] = inside(der);
  const [, subject, publicKey, attributes] = elements(info?.content ?? Buffer.alloc(0));
  if (!info || !algorithm || !signature || !subject || !publicKey) throw new RequestError("the request is incomplete");
  const hash = HASHES[hexOf(elements(algorithm.content)[0])];
  if (hash === undefined) throw new RequestError("the request is signed by an algorithm that is not known");
  const key = createPublicKey({ key: publicKey.whole, format: "der", type: "spki" });
  // The first byte of a bit string counts bits that do not belong to it.
  if (!verify(hash, info.whole, key, signature.content.subarray(1))) {
    throw new RequestError("the request is not signed by the key it names");
  }
  const names = subjectAltName(attributes);
  return { subject: subject.whole, publicKey: publicKey.whole, names, ...named(subject), ...otherNames(names) };
}

/** What is inside the one value that `bytes` are. */
function inside(bytes: Uint8Array): Element[] {
  return elements(elements(bytes)[0]?.content ?? Buffer.alloc(0));
}

function hexOf(element: Element | undefined): string {
  return element?.content.toString("hex") ?? "";
}

function named(subject: Element): Pick<SigningRequest, "commonName" | "organizations"> {
  const found = { commonName: "", organizations: [] as string[] };
  for (const set of elements(subject.content)) {
    for (const attribute of elements(set.content)) {
      const [type, value] = elements(attribute.content);
      const text = value?.content.toString() ?? "";
      if (hexOf(type) === OID.commonName) found.commonName = text;
      if (hexOf(type) === OID.organization) found.organizations.push(text);
    }
  }
  return found;
}

function subjectAltName(attributes: Element | undefined): Buffer | undefined {
  for (const attribute of elements(attributes?.content ?? Buffer.alloc(0))) {
    const [type, values] = elements(attribute.content);
    if (hexOf(type) !== OID.extensionRequest) continue;
    for (const extension of inside(values?.content ?? Buffer.alloc(0))) {
      const parts = elements(extension.content);
      if (hexOf(parts[0]) === OID.subjectAltName) return parts.at(-1)?.content;
    }
  }
  return undefined;
}

function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join(".");
  return Array.from({ length: bytes.length >> 1 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16)).join(":");
}

function otherNames(names: Buffer | undefined): Omit<SigningRequest, "commonName" | "organizations"> {
  const all = names === undefined ? [] : inside(names);
  const of = (tag: number) => all.filter((each) => each.tag === tag).map((each) => each.content.toString("latin1"));
  return {
    dnsNames: of(NAME.dns),
    emailAddresses: of(NAME.email),
    uris: of(NAME.uri),
    ipAddresses: all.filter(({ tag }) => tag === NAME.ip).map(({ content }) => addressOf(content)),
  };
}
