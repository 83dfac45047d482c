/** One direction-pair of bytes inside a multiplexed session, or a bare connection. */
export interface ByteStream {
  /** What the other side sends, until it ends its half. Throws when the session breaks. */
  readonly incoming: AsyncIterable<Uint8Array>;
  /** Resolves when the chunk may be forgotten (back-pressure). Rejects when the session is gone. */
  write(chunk: Uint8Array): Promise<void>;
  /** Ends our half; `incoming` goes on. */
  end(): void;
  /** Drops both halves at once. */
  destroy(): void;
}

/** Window size of a terminal, in character cells. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/**
 * An exec or attach session after the wire protocol (SPDY/3.1 or WebSocket v4/v5.channel.k8s.io) has been taken off.
 * Streams that were not asked for are absent.
 */
export interface ExecSession {
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly stdout?: Pick<ByteStream, "write" | "end">;
  readonly stderr?: Pick<ByteStream, "write" | "end">;
  readonly resize?: AsyncIterable<TerminalSize>;
  /** Aborts when the client went away. */
  readonly signal: AbortSignal;
  /**
   * Ends the session with a `Status` object: `{status: "Success"}`, or `Failure` with reason
   * NonZeroExitCode and cause ExitCode, as k8s.io/apimachinery remotecommand has it.
   */
  finish(status: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Which streams an exec or attach asks for. */
export interface ExecStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A port-forward session: each client connection arrives as one forwarded stream. */
export interface PortForwardSession {
  readonly connections: AsyncIterable<ForwardedConnection>;
  readonly signal: AbortSignal;
  close(): void;
}

export interface ForwardedConnection {
  readonly port: number;
  readonly data: ByteStream;
  /** Reports why the connection could not be forwarded; shown by kubectl. */
  fail(message: string): Promise<void>;
}

/**
 * An HTTP/1.1 Upgrade that has not been answered yet. The API server authorises it, then either
 * refuses with a response or accepts it as one of the sessions.
 */
export interface UpgradeRequest {
  refuse(response: import("./http.ts").HttpResponse): void;
  acceptExec(streams: ExecStreams): Promise<ExecSession>;
  /** `ports`: those named in the query (WebSocket clients), empty for SPDY clients. */
  acceptPortForward(ports: readonly number[]): Promise<PortForwardSession>;
  /** Answers 101 with these headers; what comes then is the caller's, byte by byte. */
  acceptRaw(headers: Readonly<Record<string, string>>): ByteStream;
}
