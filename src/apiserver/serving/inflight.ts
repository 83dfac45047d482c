import type { HttpResponse } from "#base/http.ts";
import { MASTERS_GROUP, type User } from "../authentication.ts";
import { LIMITS } from "../limits.ts";
import type { RequestInfo } from "../request_info.ts";
import { isLongRunning, isMutating } from "./request_class.ts";

/** What a request is counted as. */
type Kind = "mutating" | "readOnly";

const MAX: Readonly<Record<Kind, number>> = {
  mutating: LIMITS.mutatingInflightMax,
  readOnly: LIMITS.readOnlyInflightMax,
};

/** How many requests are being served at once; those above the bound are turned away until others are done. */
export class Inflight {
  readonly #open: Record<Kind, number> = { mutating: 0, readOnly: 0 };
  readonly #dropped: Record<Kind, number> = { mutating: 0, readOnly: 0 };

  /** Requests in hand, and those turned away so far. */
  readings(): readonly { readonly kind: Kind; readonly open: number; readonly dropped: number }[] {
    return (["mutating", "readOnly"] as const).map((kind) => ({
      kind,
      open: this.#open[kind],
      dropped: this.#dropped[kind],
    }));
  }

  /**
   * Counts a request in while `work` goes on. Administrators and the parts of this process are counted but never
   * turned away: who has to put an overloaded server right must get through (apiserver filters/maxinflight.go).
   */
  async during(info: RequestInfo, user: User, work: () => Promise<HttpResponse>): Promise<HttpResponse> {
    if (isLongRunning(info)) return work();
    const kind = isMutating(info) ? "mutating" : "readOnly";
    if (this.#open[kind] >= MAX[kind] && !user.groups.includes(MASTERS_GROUP)) {
      this.#dropped[kind]++;
      return tooManyRequests();
    }
    this.#open[kind]++;
    try {
      return await work();
    } finally {
      this.#open[kind]--;
    }
  }
}

function tooManyRequests(): HttpResponse {
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    "x-content-type-options": "nosniff",
    "retry-after": "1",
  };
  const body = new TextEncoder().encode("Too many requests, please try again later.\n");
  return { status: 429, headers, body };
}
