import {
  type KeyObject,
  X509Certificate,
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import { isIP } from "node:net";
import {
  bitString,
  boolean,
  der,
  elements,
  integer,
  octetString,
  oid,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";
import { extendedUsages, usageBits } from "./key_usages.ts";

/** A certificate and its private key (PKCS #8), both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Validity {
  /** Milliseconds since the epoch; the certificate begins an hour before, for clocks that lag. */
  readonly now: number;
  readonly days: number;
}

/** For whom a certificate speaks: CN is the user, each O a group. */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** What a server answers under. */
interface Names {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

export interface CertificateRequest extends Subject, Names, Validity {
  readonly usages: readonly ("server" | "client")[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const OID = {
  commonName: oid("2.5.4.3"),
  organization: oid("2.5.4.10"),
  subjectKeyIdentifier: oid("2.5.29.14"),
  keyUsage: oid("2.5.29.15"),
  subjectAltName: oid("2.5.29.17"),
  basicConstraints: oid("2.5.29.19"),
  authorityKeyIdentifier: oid("2.5.29.35"),
  extKeyUsage: oid("2.5.29.37"),
  extensionRequest: oid("1.2.840.113549.1.9.14"),
  server: oid("1.3.6.1.5.5.7.3.1"),
  client: oid("1.3.6.1.5.5.7.3.2"),
} as const;

/** A new certificate authority: P-256, self-signed, may sign leaves only. */
export function createCertificateAuthority(options: Subject & Validity): KeyPair {
  const keys = newKeys();
  const name = nameOf(options);
  return issue(keys, name, options, { name, key: keys.privateKey, keyIdentifier: undefined }, [
    extension(OID.basicConstraints, true, sequence(boolean(true), integer(Buffer.from([0])))),
    extension(OID.keyUsage, true, bitString(Buffer.from([0x86]), 1)), // digitalSignature, keyCertSign, cRLSign
  ]);
}

/**
 * A new key pair and its certificate, signed by `authority`.
 *
 * @throws {RangeError} If an address is none, or the authority's key is not on an elliptic curve.
 */
export function signCertificate(authority: KeyPair, request: CertificateRequest): KeyPair {
  const extensions = [
    extension(OID.basicConstraints, true, sequence()),
    extension(OID.keyUsage, true, bitString(Buffer.from([0x80]), 7)), // digitalSignature
    extension(OID.extKeyUsage, false, sequence(...request.usages.map((usage) => OID[usage]))),
  ];
  extensions.push(...namesOf(request));
  return issue(newKeys(), nameOf(request), request, issuerOf(authority), extensions);
}

/** A new private key, and the request for a certificate of it (PKCS #10); both PEM. */
export function createSigningRequest(subject: Subject & Names): { readonly request: string; readonly key: string } {
  const { publicKey, privateKey } = newKeys();
  const names = namesOf(subject);
  const attributes = names.length > 0 ? [sequence(OID.extensionRequest, set(sequence(...names)))] : [];
  const info = sequence(
    integer(Buffer.from([0])), // version 1
    nameOf(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa0, ...attributes),
  );
  const request = sequence(info, ECDSA_WITH_SHA256, bitString(sign("sha256", info, privateKey)));
  return { request: pem("CERTIFICATE REQUEST", request), key: privatePem(privateKey) };
}

/** What a signer grants of what somebody asked for, ready to be written. */
interface Granted {
  readonly subject: Buffer;
  readonly publicKey: Buffer;
  /** The value of subjectAltName. */
  readonly names: Buffer | undefined;
  readonly usages: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** A certificate for a key that stays with who asked, PEM. */
export function signRequested(authority: KeyPair, { subject, publicKey, names, usages, ...validity }: Granted): string {
  const bits = usageBits(usages);
  const extended = extendedUsages(usages);
  const extensions = [extension(OID.basicConstraints, true, sequence())];
  if (bits) extensions.push(extension(OID.keyUsage, true, bitString(bits.bytes, bits.unused)));
  if (extended.length > 0) extensions.push(extension(OID.extKeyUsage, false, sequence(...extended.map(oid))));
  if (names) extensions.push(extension(OID.subjectAltName, false, names));
  return certificateOf(publicKey, subject, validity, issuerOf(authority), extensions);
}

/** The key that signs service account tokens (ES256), and its public half. */
export function createServiceAccountKey(): { readonly privateKey: string; readonly publicKey: string } {
  const keys = newKeys();
  return {
    privateKey: privatePem(keys.privateKey),
    publicKey: keys.publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

interface Issuer {
  readonly name: Buffer;
  readonly key: KeyObject;
  /** Undefined when the certificate signs itself, or its authority carries none. */
  readonly keyIdentifier: Buffer | undefined;
}

interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function issue(
  keys: Keys,
  subject: Buffer,
  validity: Validity,
  issuer: Issuer,
  extensions: readonly Buffer[],
): KeyPair {
  const spki = keys.publicKey.export({ type: "spki", format: "der" });
  const lasting = { notBeforeMs: validity.now - HOUR_MS, notAfterMs: validity.now + validity.days * DAY_MS };
  const cert = certificateOf(spki, subject, lasting, issuer, extensions);
  return { cert, key: privatePem(keys.privateKey) };
}

/** The certificate of a public key, PEM. */
function certificateOf(
  spki: Buffer,
  subject: Buffer,
  { notBeforeMs, notAfterMs }: Pick<Granted, "notBeforeMs" | "notAfterMs">,
  issuer: Issuer,
  extensions: readonly Buffer[],
): string {
  const identifiers = [extension(OID.subjectKeyIdentifier, false, octetString(keyIdentifierOf(spki)))];
  if (issuer.keyIdentifier !== undefined) {
    identifiers.push(extension(OID.authorityKeyIdentifier, false, sequence(der(0x80, issuer.keyIdentifier))));
  }
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(serialNumber()),
    ECDSA_WITH_SHA256,
    issuer.name,
    sequence(time(notBeforeMs), time(notAfterMs)),
    subject,
    spki,
    der(0xa3, sequence(...extensions, ...identifiers)),
  );
  const certificate = sequence(body, ECDSA_WITH_SHA256, bitString(sign("sha256", body, issuer.key)));
  return pem("CERTIFICATE", certificate);
}

/** Reads name and key identifier from the authority's own certificate, so that they match to the byte. */
function issuerOf(authority: KeyPair): Issuer {
  const key = createPrivateKey(authority.key);
  if (key.asymmetricKeyType !== "ec") {
    throw new RangeError(`Cannot sign with an authority's ${key.asymmetricKeyType} key: only EC keys are supported`);
  }
  const fields = elements(inside(inside(new X509Certificate(authority.cert).raw)));
  const name = fields[5]?.whole; // version, serial, algorithm, issuer, validity, subject
  if (name === undefined) throw new RangeError("Cannot sign: the authority's certificate is not X.509 version 3");
  const extensions = fields.find((field) => field.tag === 0xa3);
  const own = elements(inside(extensions?.content ?? sequence())).find((each) =>
    elements(each.content)[0]?.whole.equals(OID.subjectKeyIdentifier),
  );
  const value = own === undefined ? undefined : elements(own.content).at(-1)?.content;
  return { name, key, keyIdentifier: value === undefined ? undefined : inside(value) };
}

function inside(value: Uint8Array): Buffer {
  return elements(value)[0]?.content ?? Buffer.alloc(0);
}

function newKeys(): Keys {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function nameOf(subject: Subject): Buffer {
  const attribute = (type: Buffer, value: string) => set(sequence(type, utf8String(value)));
  return sequence(
    ...(subject.organizations ?? []).map((group) => attribute(OID.organization, group)),
    attribute(OID.commonName, subject.commonName),
  );
}

/** The extension subjectAltName, when there is a name to put into it. */
function namesOf({ dnsNames = [], ipAddresses = [] }: Names): Buffer[] {
  const names = [
    ...dnsNames.map((name) => der(0x82, Buffer.from(name, "latin1"))),
    ...ipAddresses.map((address) => der(0x87, addressBytes(address))),
  ];
  return names.length > 0 ? [extension(OID.subjectAltName, false, sequence(...names))] : [];
}

function extension(id: Buffer, critical: boolean, value: Buffer): Buffer {
  return critical ? sequence(id, boolean(true), octetString(value)) : sequence(id, octetString(value));
}

/** SHA-1 over the public key's bits: a name for the key, not a protection (RFC 5280, 4.2.1.2). */
function keyIdentifierOf(spki: Uint8Array): Buffer {
  const key = elements(inside(spki))[1]?.content.subarray(1) ?? Buffer.alloc(0);
  return createHash("sha1").update(key).digest();
}

/** 127 random bits, above zero, so the encoding is at most 16 bytes. */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

function addressBytes(address: string): Buffer {
  const family = isIP(address);
  if (family === 4) return Buffer.from(address.split(".").map(Number));
  if (family !== 6) throw new RangeError(`Cannot certify "${address}": not an IP address`);
  return ipv6Bytes(address);
}

function ipv6Bytes(address: string): Buffer {
  // An embedded IPv4 tail is two groups in another spelling.
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(":"),
  );
  const [head = "", tail] = plain.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Buffer.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

function privatePem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
