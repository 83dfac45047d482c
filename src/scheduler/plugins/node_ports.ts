import { refusing, type Plugin } from "../framework.ts";
import { portsClash } from "../nodes/pod_info.ts";

/** Two pods cannot have the same host port. */
export function nodePorts(): Plugin {
  const refusal = refusing("NodePorts", "node(s) didn't have free ports for the requested pod ports", false);
  return {
    name: "NodePorts",
    planFilter({ ports }) {
      if (ports.length === 0) return undefined;
      // Asks the node itself, so pods put on trial count without being told of.
      return { kind: "filter", filter: { refusal: (info) => (info.holdsPort(ports) ? refusal : undefined) } };
    },
    mayHelp(event, { ports }) {
      if (event.kind === "nodeAdded") return true;
      return (
        event.kind === "podGone" && event.pod.ports.some((freed) => ports.some((wanted) => portsClash(freed, wanted)))
      );
    },
  };
}
