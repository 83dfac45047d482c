import type { RequestInfo } from "../request_info.ts";

/** Subresources whose requests last as long as the client likes (kube-apiserver server/config.go, BasicLongRunningRequestCheck). */
const LONG_RUNNING_SUBRESOURCES = new Set(["attach", "exec", "proxy", "log", "portforward"]);
/** Verbs that change nothing (apiserver filters/maxinflight.go). */
const READ_ONLY_VERBS = new Set(["get", "list", "watch"]);

/** Whether a request is kept out of deadlines and of the count of those in flight. */
export function isLongRunning(info: RequestInfo): boolean {
  return info.isResource && (info.verb === "watch" || LONG_RUNNING_SUBRESOURCES.has(info.subresource));
}

export function isMutating(info: RequestInfo): boolean {
  return !READ_ONLY_VERBS.has(info.verb);
}
