import type { Revision } from "#store/store.ts";
import { badRequest } from "./status_error.ts";

/**
 * A resourceVersion of a query: undefined when absent, 0 for "any".
 *
 * @throws {StatusError} 400 when it is not a number.
 */
export function parseResourceVersion(text: string | null): Revision | undefined {
  if (text === null || text === "") return undefined;
  const version = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(version)) {
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return version;
}
