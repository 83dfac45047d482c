import type { PersistentVolume } from "#api/core/persistentvolume.ts";
import type { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import type { StorageClass } from "#api/storage/storageclass.ts";
import {
  BOUND_BY_CONTROLLER,
  byPreference,
  classNameOf,
  defaultClass,
  fitsClaim,
  isBound,
  isReservedFor,
  lacksClass,
  misfit,
  BIND_COMPLETED,
  SELECTED_NODE,
} from "#api/core/volume_claims.ts";
import type { EventType } from "#client/events.ts";

/** What a claim is told in an event. */
export interface ClaimNews {
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
}

/** What is to be done about one claim. */
export type ClaimPlan =
  | { readonly do: "bind"; readonly volume: PersistentVolume }
  | { readonly do: "classify"; readonly className: string }
  /** Somebody else makes the volume. */
  | { readonly do: "provision"; readonly provisioner: string; readonly news: ClaimNews }
  | { readonly do: "show"; readonly phase: "Pending" | "Lost"; readonly news?: ClaimNews };

/** What a claim is planned from. */
export interface ClaimView {
  volume(name: string): PersistentVolume | undefined;
  /** At least those that are kept for the claim, and those of its class that are free. */
  candidates(claim: PersistentVolumeClaim): readonly PersistentVolume[];
  classes(): readonly StorageClass[];
  /** Names of the pods that use the claim and have no node yet. */
  waitingPods(claim: PersistentVolumeClaim): readonly string[];
}

/**
 * What to do about a claim. Pure. The rules and words are those of kube-controller-manager's persistent volume
 * controller.
 */
export function planClaim(claim: PersistentVolumeClaim, view: ClaimView): ClaimPlan {
  if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return planBound(claim, view);
  return claim.spec.volumeName ? planNamed(claim, claim.spec.volumeName, view) : planFree(claim, view);
}

function planBound(claim: PersistentVolumeClaim, view: ClaimView): ClaimPlan {
  const { volumeName = "" } = claim.spec;
  if (!isBound(claim)) {
    return lost("ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
  }
  const volume = view.volume(volumeName);
  if (volume === undefined) {
    return lost("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
  }
  const { claimRef } = volume.spec;
  if (claimRef === undefined || claimRef.uid === claim.metadata.uid) return { do: "bind", volume };
  return lost("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
}

function planNamed(claim: PersistentVolumeClaim, name: string, view: ClaimView): ClaimPlan {
  const volume = view.volume(name);
  if (volume === undefined) return { do: "show", phase: "Pending" };
  if (isReservedFor(volume, claim)) return { do: "bind", volume };
  const quoted = JSON.stringify(name);
  if (volume.spec.claimRef !== undefined) {
    // What we chose ourselves was taken by somebody quicker.
    if (claim.metadata.annotations?.[BOUND_BY_CONTROLLER] !== undefined) return { do: "show", phase: "Pending" };
    return pending("Warning", "FailedBinding", `volume ${quoted} already bound to a different claim.`);
  }
  const reason = misfit(volume, claim);
  if (reason === undefined) return { do: "bind", volume };
  return pending("Warning", "VolumeMismatch", `Cannot bind to requested volume ${quoted}: ${reason}`);
}

function planFree(claim: PersistentVolumeClaim, view: ClaimView): ClaimPlan {
  const classes = view.classes();
  const className = classNameOf(claim);
  const storageClass = classes.find(({ metadata }) => metadata.name === className);
  const waits =
    storageClass?.volumeBindingMode === "WaitForFirstConsumer" &&
    claim.metadata.annotations?.[SELECTED_NODE] === undefined;
  const volume = bestVolume(claim, view.candidates(claim), waits);
  if (volume) return { do: "bind", volume };
  const byDefault = lacksClass(claim) ? defaultClass(classes)?.metadata.name : undefined;
  if (byDefault) return { do: "classify", className: byDefault };
  if (waits) return waiting(view.waitingPods(claim));
  if (className !== "") return planProvisioning(className, storageClass);
  const message = "no persistent volumes available for this claim and no storage class is set";
  return pending("Normal", "FailedBinding", message);
}

function waiting(pods: readonly string[]): ClaimPlan {
  if (pods.length === 0) {
    return pending("Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
  }
  const names = pods.toSorted().join(",");
  const message = `waiting for ${pods.length > 1 ? "pods" : "pod"} ${names} to be scheduled`;
  return pending("Normal", "WaitForPodScheduled", message);
}

function planProvisioning(className: string, storageClass: StorageClass | undefined): ClaimPlan {
  if (storageClass === undefined) {
    const message = `storageclass.storage.k8s.io ${JSON.stringify(className)} not found`;
    return pending("Warning", "ProvisioningFailed", message);
  }
  const { provisioner } = storageClass;
  if (provisioner.startsWith("kubernetes.io/")) {
    return pending("Warning", "ProvisioningFailed", `no volume plugin matched name: ${provisioner}`);
  }
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the ` +
    "system administrator. If volume creation is delayed, please verify that the provisioner is running and " +
    "correctly registered.";
  return { do: "provision", provisioner, news: { type: "Normal", reason: "ExternalProvisioning", message } };
}

/**
 * The volume a claim gets: one kept for it, else of those with the fewest access modes beside the ones asked for the
 * smallest. A claim that waits for its pod gets only one that is kept for it.
 */
function bestVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  waits: boolean,
): PersistentVolume | undefined {
  const prefer = byPreference(claim);
  const modes = ({ spec }: PersistentVolume) => spec.accessModes?.length ?? 0;
  const reserved = (volume: PersistentVolume) => isReservedFor(volume, claim);
  return volumes
    .filter((volume) => fitsClaim(volume, claim) && (!waits || reserved(volume)))
    .toSorted((a, b) => Number(reserved(b)) - Number(reserved(a)) || modes(a) - modes(b) || prefer(a, b))[0];
}

function pending(type: EventType, reason: string, message: string): ClaimPlan {
  return { do: "show", phase: "Pending", news: { type, reason, message } };
}

function lost(reason: string, message: string): ClaimPlan {
  return { do: "show", phase: "Lost", news: { type: "Warning", reason, message } };
}
