import type { LimitRange, LimitRangeItem } from "#api/core/limitrange.ts";
import type { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import type { Pod } from "#api/core/pod.ts";
import { podResourceTotals } from "#api/core/pod_requests.ts";
import { compareQuantities, parseQuantity, quantitySign } from "#api/quantity.ts";
import type { Totals } from "#api/quota/totals.ts";

/** What is asked for and what is allowed, of a container, a pod or a claim. */
interface Asked {
  readonly requests: Totals;
  readonly limits: Totals;
}

/** What is wrong with a pod under a LimitRange, in its words. Pure. */
export function podViolations({ spec }: LimitRange, pod: Pod): string[] {
  return spec.limits.flatMap((item) => {
    if (item.type === "Container") {
      const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
      return containers.flatMap(({ resources }) => violations(item, askedIn(resources)));
    }
    if (item.type !== "Pod") return [];
    const [requests, limits] = [podResourceTotals(pod.spec, "requests"), podResourceTotals(pod.spec, "limits")];
    return violations(item, { requests, limits });
  });
}

/** What is wrong with a claim. It has no limits: its request is held to both bounds. */
export function claimViolations({ spec }: LimitRange, claim: PersistentVolumeClaim): string[] {
  const { requests } = askedIn(claim.spec.resources);
  return spec.limits.flatMap((item) => {
    if (item.type !== "PersistentVolumeClaim") return [];
    const tooMuch = each(item.max, (name, most) => {
      const bound = `maximum ${name} usage per ${item.type} is ${most}`;
      const request = requests[name];
      if (request === undefined) return `${bound}.  No request is specified`;
      return compareQuantities(request, most) > 0 ? `${bound}, but request is ${request}` : undefined;
    });
    return [...each(item.min, (name, least) => belowMin(item, name, least, { requests, limits: {} })), ...tooMuch];
  });
}

function askedIn(resources: { requests?: Totals | undefined; limits?: Totals | undefined } | undefined): Asked {
  return { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} };
}

function violations(item: LimitRangeItem, asked: Asked): string[] {
  return [
    ...each(item.min, (name, least) => belowMin(item, name, least, asked)),
    ...each(item.max, (name, most) => aboveMax(item, name, most, asked)),
    ...each(item.maxLimitRequestRatio, (name, ratio) => aboveRatio(item, name, ratio, asked)),
  ];
}

function each(amounts: Totals | undefined, check: (name: string, amount: string) => string | undefined): string[] {
  return Object.keys(amounts ?? {})
    .toSorted()
    .flatMap((name) => check(name, amounts?.[name] ?? "0") ?? []);
}

function belowMin({ type }: LimitRangeItem, name: string, least: string, asked: Asked): string | undefined {
  const [request, limit] = [asked.requests[name], asked.limits[name]];
  const bound = `minimum ${name} usage per ${type} is ${least}`;
  if (request === undefined) return `${bound}.  No request is specified`;
  if (compareQuantities(request, least) < 0) return `${bound}, but request is ${request}`;
  if (limit !== undefined && compareQuantities(limit, least) < 0) return `${bound}, but limit is ${limit}`;
  return undefined;
}

function aboveMax({ type }: LimitRangeItem, name: string, most: string, asked: Asked): string | undefined {
  const [request, limit] = [asked.requests[name], asked.limits[name]];
  const bound = `maximum ${name} usage per ${type} is ${most}`;
  if (limit === undefined) return `${bound}.  No limit is specified`;
  if (compareQuantities(limit, most) > 0) return `${bound}, but limit is ${limit}`;
  if (request !== undefined && compareQuantities(request, most) > 0) return `${bound}, but request is ${request}`;
  return undefined;
}

function aboveRatio({ type }: LimitRangeItem, name: string, most: string, asked: Asked): string | undefined {
  const [request = "0", limit = "0"] = [asked.requests[name], asked.limits[name]];
  const bound = `${name} max limit to request ratio per ${type} is ${most}`;
  if (quantitySign(request) === 0) return `${bound}, but no request is specified or request is 0`;
  if (quantitySign(limit) === 0) return `${bound}, but no limit is specified or limit is 0`;
  const ratio = approximately(limit) / approximately(request);
  return ratio > approximately(most) ? `${bound}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

function approximately(quantity: string): number {
  const { value, scale } = parseQuantity(quantity);
  return Number(value) * 10 ** scale;
}
