import { Agent, get } from "node:http";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One GET over a connection of its own. Rejects with the system's error. */
export function httpGet(url: string, timeoutMs = 5_000): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: new Agent({ keepAlive: false }), timeout: timeoutMs }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.once("error", reject);
    });
    request.once("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.once("error", reject);
  });
}

/** What a load has seen so far. */
export interface Load {
  readonly answered: number;
  readonly failures: readonly string[];
  /** How often each body came. */
  readonly bodies: ReadonlyMap<string, number>;
  /** Ends it; resolves when the last request is answered. */
  stop(): Promise<void>;
}

/** Requests at an even rate, each over a new connection, until stopped. Late ticks are made up for. */
export function startLoad(url: string, perSecond: number): Load {
  const failures: string[] = [];
  const bodies = new Map<string, number>();
  const pending = new Set<Promise<void>>();
  const startedAt = performance.now();
  let sent = 0;
  let answered = 0;
  const one = async () => {
    const at = ((performance.now() - startedAt) / 1000).toFixed(3);
    try {
      const { status, body } = await httpGet(url);
      if (status !== 200) failures.push(`${at} s: status ${status}`);
      bodies.set(body, (bodies.get(body) ?? 0) + 1);
      answered++;
    } catch (error) {
      failures.push(`${at} s: ${String(error)}`);
    }
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
    for (; sent < due; sent++) {
      const request = one().finally(() => pending.delete(request));
      pending.add(request);
    }
  }, 5);
  return {
    get answered() {
      return answered;
    },
    failures,
    bodies,
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
    },
  };
}
