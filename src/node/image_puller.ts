import type { Container } from "#api/core/container.ts";
import type { Pod } from "#api/core/pod.ts";
import type { Clock } from "#base/clock.ts";
import { backoffLeftMs, nextBackoff, type BackoffEntry } from "./crash_backoff.ts";
import { goDuration } from "./go_text.ts";
import { imageAuth } from "./image_auth.ts";
import { parseImageReference, type ImageReference } from "./image_reference.ts";
import { Limiter } from "#base/limiter.ts";
import type { EventRecorder, EventType } from "#client/events.ts";
import { containerEvent } from "./node_events.ts";
import type { ImageOutcome } from "./pod_facts.ts";
import type { References } from "./references.ts";
import { ImagePullError } from "./runtime_errors.ts";
import type { Image, ImageAuth, Runtime } from "./runtime.ts";

export interface ImagePullerOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly references: References;
  /** Pulls at once on this node. */
  readonly pullsMax: number;
}

/** How long until an image that cannot be pulled by its nature is looked at again. */
const RETRY_MS = 10_000;

/** Sees to it that the images of containers are on the machine. */
export class ImagePuller {
  readonly #options: ImagePullerOptions;
  readonly #limiter: Limiter;
  /** Pulls under way, by reference and credentials: pods that want the same image share one. */
  readonly #pulls = new Map<string, Promise<string>>();
  /** By pod uid and image. */
  readonly #backoff = new Map<
    string,
    { readonly entry: BackoffEntry; readonly failedMs: number; readonly error: string }
  >();

  constructor(options: ImagePullerOptions) {
    this.#options = options;
    this.#limiter = new Limiter(options.pullsMax);
  }

  /** The image of a container's next start. Never rejects for an image's sake: a failure is an outcome. */
  async ensure(pod: Pod, container: Container): Promise<ImageOutcome> {
    const { runtime } = this.#options;
    const tell = this.#teller(pod, container);
    const name = container.image ?? "";
    const reference = parseImageReference(name);
    if (reference === undefined) {
      const message = `Failed to apply default image tag "${name}": couldn't parse image name "${name}": invalid reference format`;
      tell("Warning", "InspectFailed", message);
      return this.#fail(pod, container, "InvalidImageName", message, RETRY_MS);
    }
    const policy = container.imagePullPolicy ?? (reference.full.endsWith(":latest") ? "Always" : "IfNotPresent");
    const present = policy === "Always" ? undefined : await runtime.imageStatus(reference.full);
    if (present) {
      tell("Normal", "Pulled", `Container image "${name}" already present on machine`);
      return ready(present);
    }
    if (policy === "Never") {
      const message = `Container image "${name}" is not present with pull policy of Never`;
      tell("Warning", "ErrImageNeverPull", message);
      return this.#fail(pod, container, "ErrImageNeverPull", message, RETRY_MS);
    }
    return this.#pull(pod, container, reference);
  }

  /** Forgets what it knows of a pod that is gone. */
  forget(pod: Pod): void {
    for (const key of this.#backoff.keys()) if (key.startsWith(`${pod.metadata.uid}_`)) this.#backoff.delete(key);
  }

  async #pull(pod: Pod, container: Container, reference: ImageReference): Promise<ImageOutcome> {
    const { runtime, clock, references } = this.#options;
    const tell = this.#teller(pod, container);
    const name = container.image ?? "";
    const key = `${pod.metadata.uid}_${reference.full}`;
    const before = this.#backoff.get(key);
    const leftMs = before ? backoffLeftMs(before.entry, before.failedMs, clock.now()) : 0;
    if (before && leftMs > 0) {
      tell("Normal", "BackOff", `Back-off pulling image "${name}"`);
      const message = `Back-off pulling image "${name}": ErrImagePull: ${before.error}`;
      return this.#fail(pod, container, "ImagePullBackOff", message, leftMs);
    }
    tell("Normal", "Pulling", `Pulling image "${name}"`);
    const askedMs = clock.monotonic();
    let startedMs = askedMs;
    try {
      const auth = await imageAuth(pod, reference, references);
      const id = await this.#shared(reference.full, auth, () => (startedMs = clock.monotonic()));
      const image = (await runtime.imageStatus(id)) ?? (await runtime.imageStatus(reference.full));
      const now = clock.monotonic();
      const took = `${goDuration(now - startedMs)} (${goDuration(now - askedMs)} including waiting)`;
      const size = image ? `. Image size: ${image.sizeBytes} bytes.` : "";
      tell("Normal", "Pulled", `Successfully pulled image "${name}" in ${took}${size}`);
      this.#backoff.delete(key);
      return image ? ready(image) : { state: "ready", image: id, user: {} };
    } catch (error) {
      if (!(error instanceof ImagePullError)) throw error;
      tell("Warning", "Failed", `Failed to pull image "${name}": ${error.message}`);
      const now = clock.now();
      const entry = nextBackoff(before?.entry, now, now);
      this.#backoff.set(key, { entry, failedMs: now, error: error.message });
      const reason = error.kind === "invalidName" ? "InvalidImageName" : "ErrImagePull";
      // Looked at again at once, so that the back-off shows; the pull itself waits for its end.
      return this.#fail(pod, container, reason, error.message, Math.min(1000, entry.delayMs));
    }
  }

  #shared(reference: string, auth: ImageAuth | undefined, started: () => void): Promise<string> {
    const key = `${reference}\n${JSON.stringify(auth ?? {})}`;
    const under = this.#pulls.get(key);
    if (under) return under;
    const pull = this.#limiter
      .run(() => {
        started();
        return this.#options.runtime.pullImage(reference, auth);
      })
      .finally(() => this.#pulls.delete(key));
    this.#pulls.set(key, pull);
    return pull;
  }

  #fail(pod: Pod, container: Container, reason: string, message: string, retryMs: number): ImageOutcome {
    this.#teller(pod, container)("Warning", "Failed", `Error: ${reason}`);
    return { state: "failed", waiting: { reason, message }, retryAtMs: this.#options.clock.now() + retryMs };
  }

  #teller(pod: Pod, container: Container): (type: EventType, reason: string, message: string) => void {
    return (type, reason, message) => containerEvent(this.#options.events, pod, container.name, type, reason, message);
  }
}

function ready({ id, uid, username }: Image): ImageOutcome {
  const user = { ...(uid !== undefined && { uid }), ...(username !== undefined && { username }) };
  return { state: "ready", image: id, user };
}
