import { Deployment } from "#api/apps/deployment.ts";
import { ReplicaSet } from "#api/apps/replicaset.ts";
import { isControlledBy } from "#api/ownership.ts";
import { isApiError } from "#client/client.ts";
import type { Context } from "#client/controller.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { replicasMax } from "./deployment_bounds.ts";
import {
  ANNOTATIONS,
  annotationsFor,
  newReplicaSet,
  nextRevision,
  sizeAnnotations,
  type Generations,
} from "./deployment_revision.ts";
import { newReplicas, type Scale } from "./deployment_rollout.ts";
import { conditionOf, hasDeadline, withCondition, type Conditions, type Observed } from "./deployment_status.ts";
import { isNamespaceTerminating } from "./replicas.ts";
import { isSameTemplate } from "./template_hash.ts";

/** One pass over one deployment: the effects, and what they leave behind. */
export class DeploymentPass {
  readonly deployment: Deployment;
  generations: Generations;
  /** Why the current ReplicaSet could not be made: to be thrown once the status tells it. */
  failure: unknown;
  readonly #context: Context;
  #conditions: Conditions;
  #collisionCount: number | undefined;

  constructor(deployment: Deployment, generations: Generations, context: Context) {
    this.deployment = deployment;
    this.generations = generations;
    this.#context = context;
    this.#conditions = deployment.status.conditions ?? [];
    this.#collisionCount = deployment.status.collisionCount;
  }

  get observed(): Observed {
    return { ...this.generations, conditions: this.#conditions, collisionCount: this.#collisionCount };
  }

  /** Stops the clock of the deadline while paused, and starts it again. A deadline already missed stays visible. */
  notePaused(): void {
    const known = conditionOf(this.#conditions, "Progressing");
    if (!hasDeadline(this.deployment) || known?.reason === "ProgressDeadlineExceeded") return;
    const isNoted = known?.reason === "DeploymentPaused";
    const isPaused = this.deployment.spec.paused ?? false;
    if (isPaused && !isNoted) this.#progressing("Unknown", "DeploymentPaused", "Deployment is paused");
    if (!isPaused && isNoted) this.#progressing("Unknown", "DeploymentResumed", "Deployment is resumed");
  }

  /** Makes the ReplicaSet of the present template. Undefined when it cannot be made now. */
  async createCurrent(): Promise<ReplicaSet | undefined> {
    const { old } = this.generations;
    const replicas = newReplicas(this.deployment, old, 0);
    const draft = newReplicaSet(this.deployment, nextRevision(old), replicas);
    const name = draft.metadata?.name ?? "";
    const created = await this.#create(draft, name);
    if (!created) return undefined;
    this.generations = { current: created.replicaSet, old };
    if (created.isNew) {
      if (replicas > 0)
        this.#tell("Normal", "ScalingReplicaSet", `Scaled up replica set ${name} from 0 to ${replicas}`);
      if (hasDeadline(this.deployment)) {
        this.#progressing("True", "NewReplicaSetCreated", `Created new replica set "${name}"`);
      }
    }
    return created.replicaSet;
  }

  /** Keeps the current ReplicaSet's annotations and minReadySeconds as the deployment's. */
  async adjustCurrent(): Promise<void> {
    const { current, old } = this.generations;
    if (!current) return;
    const { minReadySeconds } = this.deployment.spec;
    const present = current.metadata.annotations ?? {};
    const annotations = annotationsFor(this.deployment, present, nextRevision(old));
    let adjusted = current;
    const isSameDelay = (current.spec.minReadySeconds ?? 0) === (minReadySeconds ?? 0);
    if (!semanticallyEqual(annotations, present) || !isSameDelay) {
      adjusted = await this.#context.client.update(ReplicaSet, {
        ...current,
        metadata: { ...current.metadata, annotations },
        spec: { ...current.spec, minReadySeconds },
      });
      this.generations = { current: adjusted, old };
    }
    if (hasDeadline(this.deployment) && !conditionOf(this.#conditions, "Progressing")) {
      const { name } = adjusted.metadata;
      this.#progressing("True", "FoundNewReplicaSet", `Found new replica set "${name}"`);
    }
  }

  /** Gives ReplicaSets other sizes, and all active ones the size they are now part of. Says whether any changed. */
  async scale(scales: readonly Scale[]): Promise<boolean> {
    let changed = false;
    for (const { replicaSet, to } of scales) {
      const from = replicaSet.spec.replicas;
      if (from === to) continue;
      this.#replace(replicaSet, await this.#resize(replicaSet, to));
      changed = true;
      const direction = from < to ? "up" : "down";
      const { name } = replicaSet.metadata;
      this.#tell("Normal", "ScalingReplicaSet", `Scaled ${direction} replica set ${name} from ${from} to ${to}`);
    }
    await this.#markSizes();
    return changed;
  }

  /** Deletes ReplicaSets of revisions beyond the history wanted. */
  async remove(sets: readonly ReplicaSet[]): Promise<void> {
    for (const { metadata } of sets) {
      try {
        await this.#context.client.delete(ReplicaSet, metadata, { preconditions: { uid: metadata.uid } });
      } catch (error) {
        if (!isApiError(error, "NotFound")) throw error;
      }
    }
  }

  async #create(draft: ReturnType<typeof newReplicaSet>, name: string) {
    const { client } = this.#context;
    const { namespace } = this.deployment.metadata;
    try {
      return { replicaSet: await client.create(ReplicaSet, draft), isNew: true };
    } catch (error) {
      if (isApiError(error, "AlreadyExists")) {
        const found = await client.get(ReplicaSet, { namespace, name });
        const isOurs = isControlledBy(found, this.deployment);
        if (isOurs && isSameTemplate(found.spec.template, this.deployment.spec.template)) {
          return { replicaSet: found, isNew: false };
        }
        // Another template has this hash: count it, so that the next pass takes another name.
        this.#collisionCount = (this.#collisionCount ?? 0) + 1;
        return undefined;
      }
      if (isNamespaceTerminating(error)) return undefined;
      const message = `Failed to create new replica set "${name}": ${error instanceof Error ? error.message : error}`;
      if (hasDeadline(this.deployment)) this.#progressing("False", "ReplicaSetCreateError", message);
      this.#tell("Warning", "ReplicaSetCreateError", message);
      this.failure = error;
      return undefined;
    }
  }

  #resize(replicaSet: ReplicaSet, replicas: number): Promise<ReplicaSet> {
    const annotations = { ...replicaSet.metadata.annotations, ...sizeAnnotations(this.deployment) };
    return this.#context.client.update(ReplicaSet, {
      ...replicaSet,
      metadata: { ...replicaSet.metadata, annotations },
      spec: { ...replicaSet.spec, replicas },
    });
  }

  /** An active ReplicaSet whose size did not change must show the new total, too: else it looks like scaling for ever. */
  async #markSizes(): Promise<void> {
    const { current, old } = this.generations;
    const desired = String(this.deployment.spec.replicas);
    const max = String(replicasMax(this.deployment));
    for (const rs of current ? [...old, current] : old) {
      const marks = rs.metadata.annotations ?? {};
      const isMarked = marks[ANNOTATIONS.desired] === desired && marks[ANNOTATIONS.max] === max;
      if (rs.spec.replicas > 0 && !isMarked) this.#replace(rs, await this.#resize(rs, rs.spec.replicas));
    }
  }

  #replace(before: ReplicaSet, after: ReplicaSet): void {
    const { current, old } = this.generations;
    const uid = before.metadata.uid;
    this.generations = {
      current: current?.metadata.uid === uid ? after : current,
      old: old.map((rs) => (rs.metadata.uid === uid ? after : rs)),
    };
  }

  #progressing(status: "True" | "False" | "Unknown", reason: string, message: string): void {
    const condition = { type: "Progressing", status, reason, message } as const;
    this.#conditions = withCondition(this.#conditions, condition, this.#context.clock.now());
  }

  #tell(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#context.events.event(this.deployment, type, reason, message);
  }
}
