import type { TerminalSize } from "#base/streams.ts";

/** What the streaming protocol of a version can do; later versions keep what earlier ones could. */
export interface RemoteCommandProtocol {
  readonly name: string;
  /** The error stream carries a `Status` object; before that, a bare message. */
  readonly statusObject: boolean;
  readonly resize: boolean;
}

/** Remote command over SPDY, newest first (apimachinery remotecommand/constants.go). */
export const SPDY_COMMAND_PROTOCOLS: readonly RemoteCommandProtocol[] = [
  { name: "v4.channel.k8s.io", statusObject: true, resize: true },
  { name: "v3.channel.k8s.io", statusObject: false, resize: true },
  { name: "v2.channel.k8s.io", statusObject: false, resize: false },
  { name: "channel.k8s.io", statusObject: false, resize: false },
];

export const PORT_FORWARD_PROTOCOL = "portforward.k8s.io";

/** The client cannot be served: `status` and `message` go into the plain response. */
export class UpgradeRefusedError extends Error {
  override readonly name = "UpgradeRefusedError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The first protocol the client names that we speak, as k8s.io/apimachinery httpstream.Handshake has it.
 *
 * @throws {UpgradeRefusedError} If there is none.
 */
export function negotiate<T extends { readonly name: string }>(offered: string | undefined, spoken: readonly T[]): T {
  const names = (offered ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0)
    throw new UpgradeRefusedError(400, "unable to upgrade: X-Stream-Protocol-Version is required");
  for (const name of names) {
    const known = spoken.find((protocol) => protocol.name === name);
    if (known !== undefined) return known;
  }
  const ours = spoken.map(({ name }) => name).join(" ");
  throw new UpgradeRefusedError(
    403,
    `unable to upgrade: unable to negotiate protocol: client supports [${names.join(" ")}], server accepts [${ours}]`,
  );
}

/** What the error stream says in the end; undefined means nothing, which the older protocols read as success. */
export function finalMessage(
  protocol: Pick<RemoteCommandProtocol, "statusObject">,
  status: Readonly<Record<string, unknown>>,
): Buffer | undefined {
  if (protocol.statusObject) return Buffer.from(JSON.stringify(status));
  return status["status"] === "Success" ? undefined : Buffer.from(String(status["message"] ?? "command failed"));
}

/** A message of terminal sizes may be no longer: each is some 30 bytes. */
const RESIZE_BYTES_MAX = 1024;

/** Reads `{"Width":80,"Height":24}` after `{"Width":80,"Height":24}`; what is no size is passed over. */
export async function* terminalSizes(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TerminalSize> {
  let text = "";
  for await (const chunk of bytes) {
    text += Buffer.from(chunk).toString("latin1");
    // The objects are flat, so each ends at its first brace, whether or not a line break follows.
    for (let end = text.indexOf("}"); end >= 0; end = text.indexOf("}")) {
      const size = terminalSize(text.slice(0, end + 1));
      text = text.slice(end + 1);
      if (size !== undefined) yield size;
    }
    if (text.length > RESIZE_BYTES_MAX) text = "";
  }
}

function terminalSize(json: string): TerminalSize | undefined {
  try {
    const { Width: width, Height: height } = JSON.parse(json) as Record<string, unknown>;
    if (isCells(width) && isCells(height)) return { width, height };
  } catch {
    // Not JSON: passed over.
  }
  return undefined;
}

function isCells(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff;
}
