import { PersistentVolume } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim, type PersistentVolumeClaim as Claim } from "#api/core/persistentvolumeclaim.ts";
import { Pod } from "#api/core/pod.ts";
import { StorageClass } from "#api/storage/storageclass.ts";
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  claimsOf,
  classNameOf,
  isBound,
  reservedFor,
} from "#api/core/volume_claims.ts";
import { controller, watching, type Caches, type Context, type Controller } from "#client/controller.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { withPhase } from "./persistentvolume_phase.ts";
import { planClaim, type ClaimNews, type ClaimView } from "./persistentvolumeclaim_plan.ts";

/** The annotations by which a provisioner finds the claims that are its own; the first is the older. */
const PROVISIONER = ["volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner"];
/** Pods by the claims they name. */
const BY_CLAIM = "claim";
/** Volumes by who may have them: the claim they name, else every one of their class. */
const BY_TAKER = "taker";
/** Claims by the volume they name. */
const BY_VOLUME = "volume";

/** Gives every claim a volume, or says why it has none. */
export function claimBinder(): Controller<typeof PersistentVolumeClaim> {
  return controller({
    name: "persistentvolume-binder",
    component: "persistentvolume-controller",
    for: PersistentVolumeClaim,
    // Two claims are not to choose the same volume side by side.
    workers: 1,
    watches: [
      watching(PersistentVolume, (volume, _previous, caches) => {
        const { claimRef } = volume.spec;
        const known = caches.cache(PersistentVolumeClaim);
        known.addIndex(BY_VOLUME, ({ spec }) => (spec.volumeName ? [spec.volumeName] : []));
        const claims = known.byIndex(BY_VOLUME, volume.metadata.name).map((claim) => claim.metadata);
        if (claimRef === undefined) return [...claims, ...unbound(caches, classNameOf(volume))];
        return [...claims, { namespace: claimRef.namespace ?? "", name: claimRef.name ?? "" }];
      }),
      watching(StorageClass, (_class, _previous, caches) => unbound(caches)),
      // They change only what a claim that waits for one is told.
      watching(Pod, (pod, previous) => (previous === undefined || !pod.spec.nodeName ? claimRefs(pod) : [])),
    ],

    async reconcile(claim, context) {
      if (claim.metadata.deletionTimestamp !== undefined && !isBound(claim)) return;
      const plan = planClaim(claim, viewOf(context));
      switch (plan.do) {
        case "bind":
          return bind(claim, plan.volume, context);
        case "classify": {
          const spec = { ...claim.spec, storageClassName: plan.className };
          await context.client.update(PersistentVolumeClaim, { ...claim, spec });
          return;
        }
        case "provision":
          return askFor(claim, plan.provisioner, plan.news, context);
        case "show":
          return show(claim, plan.phase, plan.news, context);
      }
    },
  });
}

function claimRefs(pod: Pod) {
  return claimsOf(pod).map(({ name }) => ({ namespace: pod.metadata.namespace, name }));
}

/** The claims that have no volume; with `className` those of that class. */
function unbound({ cache }: Caches, className?: string) {
  return cache(PersistentVolumeClaim)
    .list()
    .filter((claim) => !isBound(claim) && (className === undefined || classNameOf(claim) === className))
    .map(({ metadata }) => metadata);
}

function viewOf({ cache }: Caches): ClaimView {
  const [volumes, pods] = [cache(PersistentVolume), cache(Pod)];
  const claimKey = (namespace = "", name = "") => `claim ${namespace}/${name}`;
  const classKey = (name: string) => `class ${name}`;
  volumes.addIndex(BY_TAKER, (volume) => {
    const { claimRef } = volume.spec;
    return [claimRef ? claimKey(claimRef.namespace, claimRef.name) : classKey(classNameOf(volume))];
  });
  pods.addIndex(BY_CLAIM, (pod) => claimsOf(pod).map(({ name }) => `${pod.metadata.namespace}/${name}`));
  return {
    volume: (name) => volumes.get({ name }),
    candidates: (claim) => [
      ...volumes.byIndex(BY_TAKER, claimKey(claim.metadata.namespace, claim.metadata.name)),
      ...volumes.byIndex(BY_TAKER, classKey(classNameOf(claim))),
    ],
    classes: () => cache(StorageClass).list(),
    waitingPods: ({ metadata }) =>
      pods
        .byIndex(BY_CLAIM, `${metadata.namespace}/${metadata.name}`)
        .filter((pod) => !pod.spec.nodeName && pod.metadata.deletionTimestamp === undefined)
        .map((pod) => pod.metadata.name),
  };
}

/** Both ways, the volume first: what is interrupted is taken up again from there. */
async function bind(claim: Claim, volume: PersistentVolume, { client }: Context): Promise<void> {
  let given = volume;
  if (volume.spec.claimRef?.uid !== claim.metadata.uid) {
    given = await client.update(PersistentVolume, reservedFor(volume, claim));
  }
  if (given.status.phase !== "Bound") {
    given = await client.updateStatus(PersistentVolume, withPhase(given, "Bound"));
  }
  const { name } = volume.metadata;
  let bound = claim;
  if (claim.spec.volumeName !== name || claim.metadata.annotations?.[BIND_COMPLETED] === undefined) {
    const isOurChoice = !claim.spec.volumeName;
    const marks = { [BIND_COMPLETED]: "yes", ...(isOurChoice && { [BOUND_BY_CONTROLLER]: "yes" }) };
    const metadata = { ...claim.metadata, annotations: { ...claim.metadata.annotations, ...marks } };
    bound = await client.update(PersistentVolumeClaim, {
      ...claim,
      metadata,
      spec: { ...claim.spec, volumeName: name },
    });
  }
  const { accessModes, capacity, volumeAttributesClassName } = given.spec;
  // Once bound, what a claim has grows with its volume, step by step, and not by what the volume says.
  const held = bound.status.phase === "Bound" ? bound.status.capacity : capacity;
  const status: Claim["status"] = {
    ...bound.status,
    phase: "Bound",
    ...(accessModes && { accessModes }),
    ...(held && { capacity: held }),
    ...(volumeAttributesClassName && { currentVolumeAttributesClassName: volumeAttributesClassName }),
  };
  if (!semanticallyEqual(status, bound.status)) await client.updateStatus(PersistentVolumeClaim, { ...bound, status });
}

/** Marks the claim as its provisioner's. */
async function askFor(claim: Claim, provisioner: string, news: ClaimNews, context: Context): Promise<void> {
  const { client, events } = context;
  const { annotations } = claim.metadata;
  if (PROVISIONER.some((key) => annotations?.[key] !== provisioner)) {
    const marks = Object.fromEntries(PROVISIONER.map((key) => [key, provisioner]));
    const metadata = { ...claim.metadata, annotations: { ...annotations, ...marks } };
    await client.update(PersistentVolumeClaim, { ...claim, metadata });
  }
  events.event(claim, news.type, news.reason, news.message);
}

async function show(
  claim: Claim,
  phase: string,
  news: ClaimNews | undefined,
  { client, events }: Context,
): Promise<void> {
  const isNew = claim.status.phase !== phase;
  // A loss is told once.
  if (news && (isNew || phase !== "Lost")) events.event(claim, news.type, news.reason, news.message);
  const { accessModes: _modes, capacity: _capacity, ...rest } = claim.status;
  const status = { ...rest, phase };
  if (!semanticallyEqual(status, claim.status)) await client.updateStatus(PersistentVolumeClaim, { ...claim, status });
}
