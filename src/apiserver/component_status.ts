import { ComponentStatus } from "#api/core/componentstatus.ts";
import type { ComputedObjects } from "./computed.ts";
import type { ServerContext } from "./context.ts";
import type { HealthCheck } from "./discovery/health.ts";
import { notFound } from "./status_error.ts";

/** The parts of the control plane, each as well as it says. */
export const componentStatuses: ComputedObjects = {
  async list(server, _namespace, isAsked) {
    return checksOf(server)
      .filter(({ name }) => isAsked(named(name)))
      .map(statusOf);
  },
  absent: (_namespace, name) => notFound(ComponentStatus, name),
};

function named(name: string): ComponentStatus {
  const { apiVersion, kind } = ComponentStatus;
  return { apiVersion, kind, metadata: { name } } as ComponentStatus;
}

function statusOf({ name, check }: HealthCheck): ComponentStatus {
  const error = check();
  const condition = { type: "Healthy", status: error === undefined ? "True" : "False" };
  const told = error === undefined ? { message: "ok" } : { error };
  return { ...named(name), conditions: [{ ...condition, ...told }] } as ComponentStatus;
}

/** What the server was told of, and the store. */
function checksOf({ store, components }: ServerContext): HealthCheck[] {
  const etcd: HealthCheck = {
    name: "etcd-0",
    check() {
      try {
        store.get("/registry/health");
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
  return [...components, etcd];
}
