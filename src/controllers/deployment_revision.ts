import type { Deployment } from "#api/apps/deployment.ts";
import { ReplicaSet, type ReplicaSetDraft } from "#api/apps/replicaset.ts";
import { Deployment as DeploymentKind } from "#api/apps/deployment.ts";
import { ownerReference } from "#api/ownership.ts";
import { olderFirst, replicasMax } from "./deployment_bounds.ts";
import { isSameTemplate, templateHash, TEMPLATE_HASH_LABEL } from "./template_hash.ts";

export const ANNOTATIONS = {
  revision: "deployment.kubernetes.io/revision",
  /** Revisions the same template had before, separated by commas. */
  history: "deployment.kubernetes.io/revision-history",
  /** Replicas the deployment wanted when this ReplicaSet was last scaled. */
  desired: "deployment.kubernetes.io/desired-replicas",
  /** The same with the surge. */
  max: "deployment.kubernetes.io/max-replicas",
} as const;

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const ROLLBACK = "deprecated.deployment.rollback.to";
/** Annotations of a deployment that say nothing about its template. */
const NOT_COPIED = new Set<string>([...Object.values(ANNOTATIONS), LAST_APPLIED, ROLLBACK]);
/** deployment_util.go, maxRevHistoryLengthInChars. */
const HISTORY_CHARS_MAX = 2000;
/** A longer name is none that the API takes. */
const NAME_CHARS_MAX = 253;

type Annotations = Record<string, string>;

/** A deployment's ReplicaSets: the one with its present template, and all others. */
export interface Generations {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

/** Finds the ReplicaSet with the deployment's template: the oldest, should there be several. */
export function generationsOf(deployment: Deployment, sets: readonly ReplicaSet[]): Generations {
  const sorted = sets.toSorted(olderFirst);
  const current = sorted.find((rs) => isSameTemplate(rs.spec.template, deployment.spec.template));
  return { current, old: sorted.filter((rs) => rs !== current) };
}

/** Revisions are 64 bits wide, and people may give a ReplicaSet any of them. */
const REVISION_MAX = 2n ** 63n - 1n;

/** The revision an object bears, or 0. */
export function revisionOf(object: { readonly metadata: { readonly annotations?: Annotations | undefined } }): bigint {
  return parseRevision(object.metadata.annotations?.[ANNOTATIONS.revision]) ?? 0n;
}

function parseRevision(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[0-9]+$/.test(text)) return undefined;
  const revision = BigInt(text);
  return revision <= REVISION_MAX ? revision : undefined;
}

/** The revision the present template has: one more than the highest of all others. */
export function nextRevision(old: readonly ReplicaSet[]): bigint {
  return old.map(revisionOf).reduce((most, revision) => (revision > most ? revision : most), 0n) + 1n;
}

/** What the current ReplicaSet's annotations should be. A template that comes back takes a new revision. */
export function annotationsFor(deployment: Deployment, present: Annotations, revision: bigint): Annotations {
  const annotations: Annotations = { ...present };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!NOT_COPIED.has(key)) annotations[key] = value;
  }
  const before = present[ANNOTATIONS.revision];
  const bearing = before === undefined ? 0n : parseRevision(before);
  if (bearing === undefined || bearing >= revision) return annotations;
  annotations[ANNOTATIONS.revision] = String(revision);
  if (before !== undefined) {
    annotations[ANNOTATIONS.history] = extendedHistory(present[ANNOTATIONS.history] ?? "", before);
  }
  return annotations;
}

/** Appends a revision; drops the oldest where the list would grow too long. */
function extendedHistory(history: string, revision: string): string {
  const revisions = [...(history === "" ? [] : history.split(",")), revision];
  while (revisions.length > 1 && revisions.join(",").length > HISTORY_CHARS_MAX) revisions.shift();
  return revisions.join(",");
}

/** The annotations by which a later scaling knows the size this ReplicaSet was part of. */
export function sizeAnnotations(deployment: Deployment): Annotations {
  return {
    [ANNOTATIONS.desired]: String(deployment.spec.replicas),
    [ANNOTATIONS.max]: String(replicasMax(deployment)),
  };
}

/** A count kept in an annotation, or undefined. */
export function sizeAnnotation(rs: ReplicaSet, name: "desired" | "max"): number | undefined {
  const text = rs.metadata.annotations?.[ANNOTATIONS[name]];
  return text !== undefined && /^-?[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** The ReplicaSet to create for a template that has none. */
export function newReplicaSet(deployment: Deployment, revision: bigint, replicas: number): ReplicaSetDraft {
  const { metadata, spec, status } = deployment;
  const hash = templateHash(spec.template, status.collisionCount ?? 0);
  const labels = { ...spec.template.metadata.labels, [TEMPLATE_HASH_LABEL]: hash };
  const template = structuredClone(spec.template);
  template.metadata = { ...template.metadata, labels };
  const matchLabels = { ...spec.selector.matchLabels, [TEMPLATE_HASH_LABEL]: hash };
  return {
    metadata: {
      name: `${metadata.name.slice(0, NAME_CHARS_MAX - hash.length - 1)}-${hash}`,
      namespace: metadata.namespace,
      labels,
      annotations: { ...annotationsFor(deployment, {}, revision), ...sizeAnnotations(deployment) },
      ownerReferences: [ownerReference(DeploymentKind, deployment)],
    },
    spec: {
      replicas,
      minReadySeconds: spec.minReadySeconds,
      selector: { ...structuredClone(spec.selector), matchLabels },
      template,
    },
  };
}
