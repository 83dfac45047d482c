import type { AnyKind, KubeObject } from "#api/object.ts";
import type { User } from "./authentication.ts";
import type { ServerContext } from "./context.ts";

/** A write on its way to the store. */
export interface AdmissionRequest {
  readonly server: ServerContext;
  readonly kind: AnyKind;
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: User;
  readonly dryRun: boolean;
  /** What is to be written; mutating steps change it in place. Undefined for deletions. */
  readonly object: KubeObject | undefined;
  /** What stands now. Undefined for creations. */
  readonly previous: KubeObject | undefined;
}

/** One check or completion of writes. Steps run in the order listed: all `mutate`, then all `validate`. */
export interface AdmissionStep {
  readonly name: string;
  /** Completes `request.object` in place. Throws StatusError to refuse. */
  mutate?(request: AdmissionRequest): void | Promise<void>;
  /** Throws StatusError to refuse. */
  validate?(request: AdmissionRequest): void | Promise<void>;
}

/*
 * What need not be waited for is not: a dozen steps would each put a request back behind all others that are under way.
 */

export async function mutate(request: AdmissionRequest): Promise<void> {
  for (const step of request.server.admission) {
    const underWay = step.mutate?.(request);
    if (underWay !== undefined) await underWay;
  }
}

export async function validate(request: AdmissionRequest): Promise<void> {
  for (const step of request.server.admission) {
    const underWay = step.validate?.(request);
    if (underWay !== undefined) await underWay;
  }
}
