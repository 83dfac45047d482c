import { Deployment, type DeploymentStatus } from "#api/apps/deployment.ts";
import { ReplicaSet } from "#api/apps/replicaset.ts";
import { Pod } from "#api/core/pod.ts";
import { controllerOf } from "#api/ownership.ts";
import { controller, watching, type Caches, type Context } from "#client/controller.ts";
import { statusEqual } from "#client/equality.ts";
import { ANNOTATIONS, generationsOf, revisionOf } from "./deployment_revision.ts";
import { hasOldPods, isComplete, planCleanup } from "./deployment_rollout.ts";
import { countsOf, rolloutStatusOf, untilDeadlineMs } from "./deployment_status.ts";
import { DeploymentPass } from "./deployment_pass.ts";
import { nextStep } from "./deployment_step.ts";
import { adopters, claim } from "./ownership.ts";

/** Brings pods from one template to the next, through a ReplicaSet for each. */
export const deploymentController = controller({
  name: "deployment",
  for: Deployment,
  owns: [ReplicaSet],
  watches: [
    watching(ReplicaSet, (rs, _previous, { cache }) => adopters(rs, cache(Deployment)).map((each) => each.metadata)),
    watching(Pod, (pod, _previous, caches) => recreatedBy(pod, caches)),
  ],

  async reconcile(deployment, context) {
    const { client, clock, cache, events } = context;
    if (selectsEverything(deployment)) {
      const message = "This deployment is selecting all pods. A non-empty selector is required.";
      events.event(deployment, "Warning", "SelectingAll", message);
      return undefined;
    }
    const sets = await claim({
      client,
      ownerKind: Deployment,
      owner: deployment,
      selector: deployment.spec.selector,
      kind: ReplicaSet,
      cache: cache(ReplicaSet),
    });
    const pass = new DeploymentPass(deployment, generationsOf(deployment, sets), context);
    const status = await advance(pass, context);
    await write(deployment, pass, status, context);
    if (pass.failure !== undefined) throw pass.failure;
    return { requeueAfterMs: untilDeadlineMs(deployment, status, clock.now()) };
  },
});

/** Takes the next step and says what the status should be then. */
async function advance(pass: DeploymentPass, context: Context): Promise<DeploymentStatus> {
  const { deployment } = pass;
  const nowMs = context.clock.now();
  const next = () => {
    const { generations } = pass;
    return nextStep(deployment, generations, () => hasOldPods(generations.old, (rs) => context.owned(Pod, rs)));
  };
  const before = next().stand;
  if (before === "deleting") return countsOf(deployment, pass.observed, nowMs);
  pass.notePaused();
  if (pass.generations.current) await pass.adjustCurrent();
  else if (before === "creating" && !(await pass.createCurrent())) {
    return rolloutStatusOf(deployment, pass.observed, nowMs);
  }
  const { stand, scales } = next();
  const scaled = await pass.scale(scales);
  if (stand === "paused") await pass.remove(planCleanup(deployment, pass.generations.old));
  if (stand === "paused" || stand === "resizing") return countsOf(deployment, pass.observed, nowMs);
  if (!scaled) await cleanUp(pass);
  return rolloutStatusOf(deployment, pass.observed, nowMs);
}

async function cleanUp(pass: DeploymentPass): Promise<void> {
  const { deployment, generations } = pass;
  if (isComplete(deployment, deployment.status)) await pass.remove(planCleanup(deployment, generations.old));
}

/**
 * Writes the revision of the present template (an annotation) and the status, if either differs. Together, through
 * the status: written the other way an annotation counts as a change of what is wanted.
 */
async function write(deployment: Deployment, pass: DeploymentPass, status: DeploymentStatus, context: Context) {
  const { current } = pass.generations;
  const revision = current ? revisionOf(current) : 0n;
  const isShown = revision === 0n || revision === revisionOf(deployment);
  if (isShown && statusEqual(status, deployment.status)) return;
  const annotations = { ...deployment.metadata.annotations };
  if (revision > 0n) annotations[ANNOTATIONS.revision] = String(revision);
  const metadata = { ...deployment.metadata, annotations };
  await context.client.updateStatus(Deployment, { ...deployment, metadata, status });
}

function selectsEverything({ spec }: Deployment): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec.selector;
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** A deployment that recreates waits for the last old pod, which no ReplicaSet counts any longer. */
function recreatedBy(pod: Pod, { cache }: Caches) {
  const { namespace } = pod.metadata;
  const setRef = controllerOf(pod);
  if (setRef?.kind !== "ReplicaSet") return [];
  const set = cache(ReplicaSet).get({ namespace, name: setRef.name });
  const owner = set && controllerOf(set);
  if (owner?.kind !== "Deployment") return [];
  const deployment = cache(Deployment).get({ namespace, name: owner.name });
  return deployment?.spec.strategy.type === "Recreate" ? [deployment.metadata] : [];
}
