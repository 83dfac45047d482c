/** The container runtime does not answer; trying again later may help. */
export class RuntimeUnavailable extends Error {
  override readonly name = "RuntimeUnavailable";
}

/** The id or image named is not there (any more). */
export class NotFound extends Error {
  override readonly name = "NotFound";
}

/** The command could not be made to run: no such file, not executable, bad working directory. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** A command did not end within its time. */
export class ExecTimeout extends Error {
  override readonly name = "ExecTimeout";
  readonly timeoutMs: number;

  constructor(command: readonly string[], timeoutMs: number) {
    super(`command ${JSON.stringify(command.join(" "))} timed out`);
    this.timeoutMs = timeoutMs;
  }
}

/** Why an image could not be had: what the pod's waiting reason is made from. */
export type ImagePullFailure = "notFound" | "unreachable" | "invalidName" | "unauthorized" | "other";

export class ImagePullError extends Error {
  override readonly name = "ImagePullError";
  readonly kind: ImagePullFailure;

  constructor(kind: ImagePullFailure, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The runtime refused for a reason of its own; the message is to be shown to people. */
export class RuntimeFailure extends Error {
  override readonly name = "RuntimeFailure";
}
