import { request } from "node:https";

/** One POST of JSON to a server that is named by its URL. */
interface JsonPost {
  /** `https` only. */
  readonly url: string;
  /** The address behind the URL's host, where names are not asked for it. */
  readonly address?: string;
  /** Whom to believe, PEM. Without it, the machine's own list of authorities. */
  readonly ca?: string;
  readonly body: unknown;
  readonly timeoutMs: number;
}

/** An answer longer than this is given up. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Sends JSON over a connection of its own and gives the JSON that is answered. Rejects when the server cannot be
 * reached or is not who it should be, when it takes longer than `timeoutMs` in all, and for any status but 200.
 */
export async function postJson({ url, address, ca, body, timeoutMs }: JsonPost): Promise<unknown> {
  const { hostname, port, pathname, search } = new URL(url);
  const payload = Buffer.from(JSON.stringify(body));
  const host = hostname.replace(/^\[|\]$/g, "");
  const { status, text } = await exchange(
    {
      host: address ?? host,
      port: port === "" ? 443 : Number(port),
      path: pathname + search,
      method: "POST",
      agent: false,
      headers: {
        host: port === "" ? hostname : `${hostname}:${port}`,
        "content-type": "application/json",
        accept: "application/json",
        "content-length": payload.length,
      },
      signal: AbortSignal.timeout(timeoutMs),
      // An address has no name to be shown by.
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      ...(ca !== undefined && { ca }),
    },
    payload,
  );
  if (status !== 200)
    throw new Error(`Post ${JSON.stringify(url)}: the server answered ${status}: ${text.slice(0, 256)}`);
  return JSON.parse(text) as unknown;
}

function exchange(
  options: Parameters<typeof request>[1] & object,
  payload: Buffer,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX)
          outgoing.destroy(new Error(`The answer is longer than ${ANSWER_BYTES_MAX} bytes`));
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      response.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(payload);
  });
}
