import { Pod } from "#api/core/pod.ts";
import { PriorityClass } from "#api/scheduling/priorityclass.ts";
import type { AdmissionStep } from "../admission.ts";
import type { ServerContext } from "../context.ts";
import { objectOf, storageKey } from "../object_codec.ts";
import { storedObjects } from "../stored_object.ts";
import { forbidden } from "../status_error.ts";

type Class = Pick<PriorityClass, "value" | "preemptionPolicy"> & { readonly name: string };

/** The classes every cluster has. */
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

function classNamed(server: ServerContext, name: string): Class | undefined {
  const value = Object.hasOwn(SYSTEM_CLASSES, name) ? SYSTEM_CLASSES[name] : undefined;
  if (value !== undefined) return { name, value, preemptionPolicy: "PreemptLowerPriority" };
  const entry = server.store.get(storageKey(PriorityClass, "", name));
  return entry && { ...(objectOf(entry) as unknown as PriorityClass), name };
}

/** The class of pods that name none; of several the lowest. */
function defaultClass(server: ServerContext): Class | undefined {
  return storedObjects<PriorityClass>(server.store, PriorityClass)
    .filter(({ globalDefault }) => globalDefault)
    .map((each) => ({ ...each, name: each.metadata.name }))
    .toSorted((a, b) => a.value - b.value)[0];
}

/** Gives each new pod its priority in numbers: of its class, else 0 (plugin/pkg/admission/priority). */
export const podPriority: AdmissionStep = {
  name: "Priority",
  mutate({ server, operation, kind, object, name, subresource }) {
    if (operation !== "CREATE" || kind !== Pod || subresource !== "") return;
    const { spec } = object as Pod;
    const className = spec.priorityClassName ?? "";
    const found = className === "" ? defaultClass(server) : classNamed(server, className);
    if (found === undefined && className !== "") {
      throw forbidden(kind, name, `no PriorityClass with name ${className} was found`);
    }
    const priority = found?.value ?? 0;
    if (spec.priority !== undefined && spec.priority !== priority) {
      const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`;
      throw forbidden(kind, name, why);
    }
    if (found) spec.priorityClassName = found.name;
    spec.priority = priority;
    spec.preemptionPolicy ??= found?.preemptionPolicy ?? "PreemptLowerPriority";
  },
  validate({ server, operation, kind, object, name, subresource }) {
    if (operation === "DELETE" || kind !== PriorityClass || subresource !== "") return;
    if (!(object as PriorityClass).globalDefault) return;
    const other = storedObjects<PriorityClass>(server.store, PriorityClass).find(
      ({ globalDefault, metadata }) => globalDefault && metadata.name !== name,
    );
    if (other === undefined) return;
    const marked = `PriorityClass ${other.metadata.name} is already marked as default`;
    throw forbidden(kind, name, `${marked}. Only one default can exist`);
  },
};
