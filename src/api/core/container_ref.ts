/** The container an exec, attach or log is about. */
export interface ContainerRef {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
}

/** What `kubectl logs` may ask for (PodLogOptions). */
export interface LogRequest {
  readonly follow: boolean;
  /** The terminated instance before the present one. */
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly sinceSeconds?: number | undefined;
  /** RFC 3339. */
  readonly sinceTime?: string | undefined;
  readonly tailLines?: number | undefined;
  readonly limitBytes?: number | undefined;
  /** `Stdout`, `Stderr` or `All`. */
  readonly stream: string;
}
