import type { Container } from "#api/core/container.ts";

/**
 * A port by number, by its name in the container, or as digits.
 *
 * @throws {Error} In kubelet's words, when the container has no port of that name.
 */
export function portOf(container: Container, port: number | string): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find((each) => each.name === port)?.containerPort;
  if (named !== undefined) return named;
  if (/^\d+$/.test(port)) return Number(port);
  throw new Error(`couldn't find port: "${port}" in container "${container.name}"`);
}
