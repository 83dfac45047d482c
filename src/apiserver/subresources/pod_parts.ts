import type { HttpResponse } from "#base/http.ts";
import type { Pod } from "#api/core/pod.ts";
import type { KubeObject } from "#api/object.ts";
import { forbiddenError } from "#api/schema/errors.ts";
import type { Call, VerbHandler } from "../context.ts";
import { respondObject } from "../respond.ts";
import { sentObject } from "../sent_object.ts";
import { invalid } from "../status_error.ts";
import { changeStored } from "../stored_object.ts";
import { patchOptions, patchedObject } from "../verbs/patch.ts";
import { checkPreconditions } from "../verbs/update.ts";
import { writeOptions, type WriteOptions } from "../write_options.ts";

/** Brings into `next` (the pod as it stands) the part of `sent` that a subresource is about. */
type Take = (next: Pod, sent: Pod) => void;

/** Adds containers for debugging. Those that are there stay as they are (core/pod strategy.go). */
const takeEphemeralContainers: Take = (next, sent) => {
  const before = next.spec.ephemeralContainers ?? [];
  const after = sent.spec.ephemeralContainers ?? [];
  const isKept = before.every((each) => {
    const same = after.find(({ name }) => name === each.name);
    return same !== undefined && JSON.stringify(same) === JSON.stringify(each);
  });
  if (!isKept) {
    const error = forbiddenError(
      "spec.ephemeralContainers",
      "existing ephemeral containers may not be removed or changed",
    );
    throw invalid({ group: "", kind: "Pod" }, next.metadata.name, [error]);
  }
  next.spec.ephemeralContainers = after;
};

/** Changes what containers ask for and may use. */
const takeResources: Take = (next, sent) => {
  const wanted = new Map(sent.spec.containers.map((container) => [container.name, container]));
  for (const container of next.spec.containers) {
    const { resources, resizePolicy } = wanted.get(container.name) ?? container;
    container.resources = resources;
    if (resizePolicy !== undefined) container.resizePolicy = resizePolicy;
  }
};

/** PUT and PATCH of one part of a pod. */
function partHandlers(take: Take): { readonly update: VerbHandler; readonly patch: VerbHandler } {
  return {
    async update(call) {
      const options = writeOptions(call.request, "UpdateOptions");
      const sent = await sentObject(call, options.fieldValidation);
      return changePart(call, options, take, () => sent);
    },
    async patch(call) {
      const options = patchOptions(call);
      return changePart(call, options, take, patchedObject(call, options));
    },
  };
}

async function changePart(
  call: Call,
  options: WriteOptions,
  take: Take,
  make: (current: KubeObject) => KubeObject,
): Promise<HttpResponse> {
  const { kind, info, server } = call;
  const changed = await changeStored(server.store, kind, info, options.dryRun, (current) => {
    const sent = make(current);
    checkPreconditions(kind, sent, current);
    const next = structuredClone(current) as unknown as Pod;
    take(next, sent as unknown as Pod);
    const isSame = JSON.stringify(next.spec) === JSON.stringify((current as unknown as Pod).spec);
    if (!isSame && next.metadata.generation !== undefined) next.metadata.generation++;
    return { write: next };
  });
  return respondObject(call, 200, changed.entry ?? changed.object);
}

export const ephemeralContainers = partHandlers(takeEphemeralContainers);
export const resize = partHandlers(takeResources);
