import type { KindNames } from "#api/schema/kind.ts";
import type { FieldError } from "#api/schema/errors.ts";
import type { Status, StatusCause, StatusDetails } from "#api/meta/status.ts";

/** A resource as messages name it: `pods`, `deployments.apps`. */
export interface ResourceName {
  readonly group: string;
  readonly plural: string;
}

/** A refusal that goes to the client as a Status. Texts, reasons and codes: apimachinery api/errors. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly code: number;
  readonly reason: string;
  readonly details: Partial<StatusDetails> | undefined;
  /** A continue token sent with the refusal of a list (410 Expired). */
  readonly continueToken: string | undefined;

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: Partial<StatusDetails>,
    continueToken?: string | undefined,
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.continueToken = continueToken;
  }

  toStatus(): Status {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: "Failure",
      message: this.message,
      ...(this.reason !== "" && { reason: this.reason }),
      ...(this.details !== undefined && { details: this.details }),
      code: this.code,
    };
  }
}

/** `deployments.apps`, or `pods` for the core group. */
export function qualified(resource: ResourceName): string {
  return resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
}

function detailsOf(resource: ResourceName, name: string): Partial<StatusDetails> {
  return {
    ...(name !== "" && { name }),
    ...(resource.group !== "" && { group: resource.group }),
    kind: resource.plural,
  };
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

export function unauthorized(): StatusError {
  return new StatusError(401, "Unauthorized", "Unauthorized");
}

/** `pods "x" is forbidden: why`, without the name when there is none. */
export function forbidden(resource: ResourceName, name: string, why: string): StatusError {
  const subject = name === "" ? qualified(resource) : `${qualified(resource)} ${JSON.stringify(name)}`;
  return new StatusError(403, "Forbidden", `${subject} is forbidden: ${why}`, detailsOf(resource, name));
}

/** A create in a namespace that is going away; the cause lets controllers stop trying. */
export function namespaceTerminating(resource: ResourceName, name: string, namespace: string): StatusError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const refusal = forbidden(resource, name, why);
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${namespace} is being terminated`,
    field: "metadata.namespace",
  };
  return new StatusError(403, "Forbidden", refusal.message, { ...refusal.details, causes: [cause] });
}

export function forbiddenPath(why: string): StatusError {
  return new StatusError(403, "Forbidden", why, {});
}

export function notFound(resource: ResourceName, name: string): StatusError {
  const message = `${qualified(resource)} ${JSON.stringify(name)} not found`;
  return new StatusError(404, "NotFound", message, detailsOf(resource, name));
}

/** No such path, or no such subresource. */
export function resourceNotFound(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource", {});
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}

export function notAcceptable(accepted: readonly string[]): StatusError {
  const message = `only the following media types are accepted: ${accepted.join(", ")}`;
  return new StatusError(406, "NotAcceptable", message);
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const list = accepted.join(", ");
  const message = `the body of the request was in an unknown format - accepted media types include: ${list}`;
  return new StatusError(415, "UnsupportedMediaType", message);
}

export function alreadyExists(resource: ResourceName, name: string): StatusError {
  const message = `${qualified(resource)} ${JSON.stringify(name)} already exists`;
  return new StatusError(409, "AlreadyExists", message, detailsOf(resource, name));
}

/** Random suffixes collided until the server gave up. */
export function generateNameConflict(resource: ResourceName, name: string): StatusError {
  const message = `${qualified(resource)} ${JSON.stringify(name)} already exists, the server was not able to generate a unique name for the object`;
  return new StatusError(409, "AlreadyExists", message, { ...detailsOf(resource, name), retryAfterSeconds: 1 });
}

/** Registry generic store: OptimisticLockErrorMsg. */
export const MODIFIED_MEANWHILE =
  "the object has been modified; please apply your changes to the latest version and try again";

export function conflict(resource: ResourceName, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} ${JSON.stringify(name)}: ${why}`;
  return new StatusError(409, "Conflict", message, detailsOf(resource, name));
}

/** Server-side apply found fields that other managers own. */
export function applyConflict(message: string, causes: readonly StatusCause[]): StatusError {
  return new StatusError(409, "Conflict", message, { causes: [...causes] });
}

/** `Deployment.apps "x" is invalid: [a, b]`, one cause per refused field. */
export function invalid(
  kind: Pick<KindNames, "group" | "kind">,
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = [...new Set(errors.map((each) => `${each.field}: ${each.message}`))];
  const what = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  return new StatusError(422, "Invalid", `${what} ${JSON.stringify(name)} is invalid: ${list}`, {
    ...(name !== "" && { name }),
    ...(kind.group !== "" && { group: kind.group }),
    kind: kind.kind,
    causes: errors.map(({ type, message, field }) => ({ reason: type, message, field })),
  });
}

/** The body was understood but cannot be applied (JSON patch that does not fit). */
export function unprocessable(resource: ResourceName, name: string, message: string): StatusError {
  return new StatusError(422, "Invalid", message, detailsOf(resource, name));
}

/** History the request needs is gone. */
export function expired(message: string, continueToken?: string): StatusError {
  return new StatusError(410, "Expired", message, undefined, continueToken);
}

export function tooLargeResourceVersion(asked: number, current: number): StatusError {
  return new StatusError(504, "Timeout", `Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

export function serviceUnavailable(message: string): StatusError {
  return new StatusError(503, "ServiceUnavailable", message);
}

/** The request took longer than its deadline (apiserver filters/timeout.go). */
export function requestTimeout(): StatusError {
  return new StatusError(504, "Timeout", "Timeout: request did not complete within the allotted timeout", {});
}

export function internalError(cause: unknown): StatusError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new StatusError(500, "InternalError", `Internal error occurred: ${text}`, { causes: [{ message: text }] });
}

/** What a request that removed an object answers when there is nothing left to show. */
export function successStatus(resource: ResourceName, name: string, uid: string): Status {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { ...detailsOf(resource, name), uid },
  };
}
