import type { PodTemplateSpec } from "#api/core/pod_spec.ts";

/** The label that tells apart the pods of a Deployment's ReplicaSets. */
export const TEMPLATE_HASH_LABEL = "pod-template-hash";

/** No vowels and none of 0 1 3: a hash never spells a word (apimachinery util/rand). */
const SAFE_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/**
 * A short name for a template, the same for equal templates: FNV-1a over its canonical JSON. Kubernetes hashes a
 * dump of its own structures, so the values differ from its, as they do between its releases.
 *
 * @param collisions How often the name was taken by another template; gives another name each time.
 */
export function templateHash(template: PodTemplateSpec, collisions = 0): string {
  const text = canonicalJson(withoutHash(template)) + (collisions === 0 ? "" : String(collisions));
  return Array.from(String(fnv1a32(text)), (digit) => SAFE_ALPHABET[digit.charCodeAt(0) % SAFE_ALPHABET.length]).join(
    "",
  );
}

/** Whether two templates make the same pods, whatever hash label they bear. */
export function isSameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return canonicalJson(withoutHash(a)) === canonicalJson(withoutHash(b));
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [TEMPLATE_HASH_LABEL]: _hash, ...labels } = template.metadata.labels ?? {};
  const { creationTimestamp: _always, ...metadata } = template.metadata;
  return { ...template, metadata: { ...metadata, labels } };
}

/** JSON with members in order of their names, and without those that are null, undefined or empty lists. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members: string[] = [];
  for (const [key, member] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (member === undefined || member === null || (Array.isArray(member) && member.length === 0)) continue;
    members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
