import type {
  ClusterTrustBundleProjection,
  PodCertificateProjection,
  ProjectedVolumeSource,
  VolumeProjection,
} from "../core/volume_projected.ts";
import { checkAnnotations, checkLabelSelector } from "./labels.ts";
import { dnsLabel, dnsSubdomain, qualifiedName } from "./names.ts";
import { checkFileMode, checkFilePath } from "./paths.ts";
import { entriesOf, type Report } from "./report.ts";
import { checkDownwardFile, checkKeyToPath } from "./volumes.ts";

const CLASH = "conflicting duplicate paths";
const KEY_TYPES = ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"];
const LIMITS = {
  tokenSecondsMin: 600,
  tokenSecondsMax: 2 ** 32,
  certificateSecondsMin: 3600,
  certificateSecondsMax: 91 * 24 * 3600,
  kubernetesCertificateSecondsMax: 24 * 3600,
} as const;

/** Several sources in one directory: no two may write the same file. */
export function checkProjectedVolume(report: Report, path: string, volume: ProjectedVolumeSource): void {
  checkFileMode(report, `${path}.defaultMode`, volume.defaultMode);
  const paths = new Set<string>();
  for (const [i, source] of volume.sources.entries()) {
    const at = `${path}.sources[${i}]`;
    checkKeyed(report, path, at, source, paths);
    checkToken(report, path, `${at}.serviceAccountToken`, source);
    if (source.clusterTrustBundle) {
      checkTrustBundle(report, `${at}.clusterTrustBundle`, source.clusterTrustBundle);
      claim(report, path, paths, source.clusterTrustBundle.path);
    }
    if (source.podCertificate) checkCertificate(report, path, `${at}.podCertificate`, source.podCertificate, paths);
    if (Object.values(source).filter((each) => each !== undefined).length > 1) {
      report.forbidden(at, "may not specify more than 1 volume type per source");
    }
  }
}

/** Notes that a file is written; refuses the second who writes it. */
function claim(report: Report, path: string, paths: Set<string>, file: string, shown: unknown = file): void {
  if (paths.has(file)) report.invalid(path, shown, CLASH);
  paths.add(file);
}

function checkKeyed(report: Report, path: string, at: string, source: VolumeProjection, paths: Set<string>): void {
  for (const name of ["secret", "configMap"] as const) {
    const keyed = source[name];
    if (keyed === undefined) continue;
    if (!keyed.name) report.required(`${at}.${name}.name`);
    for (const [i, item] of (keyed.items ?? []).entries()) {
      checkKeyToPath(report, `${at}.${name}.items[${i}]`, item);
      if (item.path !== "") claim(report, path, paths, item.path, keyed.name ?? "");
    }
  }
  for (const file of source.downwardAPI?.items ?? []) {
    checkDownwardFile(report, `${at}.downwardAPI`, file);
    if (file.path !== "") claim(report, path, paths, file.path);
  }
}

function checkToken(report: Report, path: string, at: string, { serviceAccountToken: token }: VolumeProjection): void {
  if (token === undefined) return;
  const seconds = token.expirationSeconds ?? 3600;
  if (seconds < LIMITS.tokenSecondsMin) {
    report.invalid(`${at}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes");
  }
  if (seconds > LIMITS.tokenSecondsMax) {
    report.invalid(`${at}.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds");
  }
  if (token.path === "") report.required(`${path}.path`);
  else checkFilePath(report, `${path}.path`, token.path);
}

function checkTrustBundle(report: Report, path: string, bundle: ClusterTrustBundleProjection): void {
  const { name, signerName, labelSelector } = bundle;
  if (name !== undefined && signerName !== undefined) {
    report.invalid(path, bundle, "only one of name and signerName may be used");
  } else if (name !== undefined) {
    if (name === "") report.required(`${path}.name`, "must be a valid object name");
    for (const problem of dnsSubdomain(name.slice(name.lastIndexOf(":") + 1))) {
      report.invalid(`${path}.name`, name, `not a valid clustertrustbundlename: ${problem}`);
    }
    if (labelSelector !== undefined) {
      report.invalid(`${path}.labelSelector`, labelSelector, "labelSelector must be unset if name is specified");
    }
  } else if (signerName !== undefined) {
    if (signerName === "") report.required(`${path}.signerName`, "must be a valid signer name");
    checkSigner(report, `${path}.signerName`, signerName);
    checkLabelSelector(report, `${path}.labelSelector`, labelSelector);
  } else report.required(path, "either name or signerName must be specified");
  if (bundle.path === "") report.required(`${path}.path`);
  checkFilePath(report, `${path}.path`, bundle.path);
}

/** A signer's name: a domain and a path, `example.com/signer`. */
export function checkSigner(report: Report, path: string, name: string): void {
  if (name === "") return report.required(path);
  const [domain = "", signer = "", ...rest] = name.split("/");
  if (!name.includes("/") || rest.length > 0) {
    const form = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return report.invalid(path, name, form);
  }
  if (domain.length > 253) report.tooLong(path, 253);
  const labels = domain.split(".");
  const bad = labels.find((label) => dnsLabel(label).length > 0);
  for (const problem of bad === undefined ? [] : dnsLabel(bad)) {
    report.invalid(path, domain, `validating label ${JSON.stringify(bad)}: ${problem}`);
  }
  if (labels.length < 2) {
    report.invalid(path, domain, "should be a domain with at least two segments separated by dots");
  }
  const badPart = signer.split(".").find((part) => dnsSubdomain(part).length > 0);
  for (const problem of badPart === undefined ? [] : dnsSubdomain(badPart)) {
    report.invalid(path, signer, `validating label ${JSON.stringify(badPart)}: ${problem}`);
  }
  if (name.length > 571) report.tooLong(path, 571);
}

function checkCertificate(
  report: Report,
  path: string,
  at: string,
  certificate: PodCertificateProjection,
  paths: Set<string>,
): void {
  checkSigner(report, `${at}.signerName`, certificate.signerName);
  const annotations = certificate.userAnnotations;
  for (const [key] of entriesOf(annotations)) {
    const problems = qualifiedName(key.toLowerCase());
    for (const problem of problems) report.invalid(`${at}.userAnnotations`, key.toLowerCase(), problem);
    if (problems.length === 0 && !key.includes("/")) {
      report.invalid(
        `${at}.userAnnotations`,
        key.toLowerCase(),
        'must be a domain-prefixed key (such as "acme.io/foo")',
      );
    }
  }
  if (annotations && JSON.stringify(annotations).length > 256 * 1024) {
    checkAnnotations(report, `${at}.userAnnotations`, annotations);
  }
  if (!KEY_TYPES.includes(certificate.keyType)) report.notSupported(`${at}.keyType`, certificate.keyType, KEY_TYPES);
  checkLifetime(report, `${at}.maxExpirationSeconds`, certificate);
  const files = ["credentialBundlePath", "keyPath", "certificateChainPath"] as const;
  for (const name of files) {
    const file = certificate[name];
    if (!file) continue;
    checkFilePath(report, `${at}.${name}`, file);
    claim(report, path, paths, file);
  }
  if (files.every((name) => !certificate[name])) {
    report.required(at, "specify at least one of credentialBundlePath, keyPath, and certificateChainPath");
  }
}

function checkLifetime(
  report: Report,
  path: string,
  { maxExpirationSeconds, signerName }: PodCertificateProjection,
): void {
  if (maxExpirationSeconds === undefined) return;
  if (maxExpirationSeconds < LIMITS.certificateSecondsMin) {
    report.invalid(path, maxExpirationSeconds, "if provided, maxExpirationSeconds must be >= 3600");
  }
  const [host = ""] = signerName.split("/");
  const isKubernetes = host === "kubernetes.io" || host.endsWith(".kubernetes.io");
  const most = isKubernetes ? LIMITS.kubernetesCertificateSecondsMax : LIMITS.certificateSecondsMax;
  if (maxExpirationSeconds > most) {
    report.invalid(path, maxExpirationSeconds, `if provided, maxExpirationSeconds must be <= ${most}`);
  }
}
