import type { Kubectl } from "./kubectl.ts";
import type { ContainerStatusView, PodView } from "./objects.ts";

/** What the tests look at of a pod that containers were added to. */
export interface DebuggedPod {
  readonly metadata: PodView["metadata"] & { readonly generation: number };
  readonly spec: PodView["spec"] & { readonly ephemeralContainers?: readonly { readonly name: string }[] };
  readonly status: PodView["status"] & {
    readonly ephemeralContainerStatuses?: readonly (ContainerStatusView & { readonly name: string })[];
  };
}

/** Arguments that send a pod to its subresource: by the API itself, for which any kubectl will do. */
export function sendEphemeral(kubectl: Kubectl, pod: string): string[] {
  return ["replace", "--raw", `/api/v1/namespaces/${kubectl.namespace}/pods/${pod}/ephemeralcontainers`, "-f", "-"];
}

/** The pod as it is, with containers added, as JSON. */
export async function withEphemeral(kubectl: Kubectl, pod: string, ...added: readonly object[]): Promise<string> {
  const whole = await kubectl.json<DebuggedPod>(`get pod ${pod}`);
  const ephemeralContainers = [...(whole.spec.ephemeralContainers ?? []), ...added];
  return JSON.stringify({ ...whole, spec: { ...whole.spec, ephemeralContainers } });
}
