import type { KindRegistry } from "#api/registry.ts";
import type { AnyKind } from "#api/object.ts";
import type { Client } from "#client/client.ts";
import type { Controller, ControllerMetrics, Environment, RunningController } from "#client/controller.ts";
import { startController } from "#client/runner.ts";
import { autoscalerController } from "./autoscaler.ts";
import { certificateApprovalController } from "./certificatesigningrequest_approval.ts";
import {
  certificateCleaner,
  certificateSigningController,
  type CertificateSigner,
} from "./certificatesigningrequest.ts";
import { clusterRoleAggregationController } from "./clusterrole_aggregation.ts";
import { cronJobController } from "./cronjob.ts";
import { daemonSetController } from "./daemonset.ts";
import { deploymentController } from "./deployment.ts";
import { endpointsController } from "./endpoints.ts";
import { disruptionController } from "./disruption.ts";
import { endpointSliceController } from "./endpointslice.ts";
import { endpointSliceMirroringController } from "./endpointslice_mirroring.ts";
import { ephemeralVolumeController } from "./ephemeral_volume.ts";
import { GarbageCollector } from "./garbage_collector.ts";
import { jobController } from "./job.ts";
import { jobOrphanController } from "./job_orphans.ts";
import { jobTtlController } from "./job_ttl.ts";
import { localPathProvisioner } from "./local_path_provisioner.ts";
import { namespaceController } from "./namespace.ts";
import { nodeLifecycleController } from "./node_lifecycle.ts";
import { volumeController } from "./persistentvolume.ts";
import { expander } from "./persistentvolume_expander.ts";
import { claimBinder } from "./persistentvolumeclaim_binder.ts";
import { PodCollector } from "./pod_collector.ts";
import { replicaSetController } from "./replicaset.ts";
import { replicationControllerController } from "./replicationcontroller.ts";
import { ResourceQuotaController } from "./resourcequota.ts";
import { rootCaController } from "./root_ca.ts";
import { serviceAccountController } from "./serviceaccount.ts";
import { serviceAccountSecretController } from "./service_account_secret.ts";
import { statefulSetController } from "./statefulset.ts";
import { taintEvictionController } from "./taint_eviction.ts";
import { claimProtectionController, volumeProtectionController } from "./volume_protection.ts";

interface ControllersOptions extends Omit<Environment, "client"> {
  /** The API as the controller of this name reaches it. */
  readonly clientFor: (name: string) => Client;
  /** The kinds served: what namespaces are emptied of, and what is garbage-collected. */
  readonly registry: KindRegistry;
  /** PEM of the authority that signed the API server's certificate. */
  readonly rootCertificate: string;
  /** The cluster's authority; without it nobody signs what is asked for. */
  readonly signer?: CertificateSigner | undefined;
  /** How long a node may be silent before it counts as lost; Kubernetes' 50 s by default. */
  readonly nodeGraceMs?: number | undefined;
}

interface RunningControllers {
  metrics(): readonly ControllerMetrics[];
  /** Lets work in hand finish. Does not stop the informers: they are the caller's. */
  stop(): Promise<void>;
}

/** Starts every controller. */
export function startControllers(options: ControllersOptions): RunningControllers {
  const { registry, rootCertificate, signer, clock } = options;
  const running: RunningController[] = [];
  const environmentOf = (name: string): Environment => ({ ...options, client: options.clientFor(name) });
  const start = <K extends AnyKind>(declaration: Controller<K>) =>
    running.push(startController(declaration, environmentOf(declaration.name)));
  start(deploymentController);
  start(replicaSetController);
  start(replicationControllerController);
  start(daemonSetController());
  start(statefulSetController());
  start(jobController());
  start(cronJobController());
  start(jobOrphanController);
  start(jobTtlController);
  start(disruptionController);
  start(autoscalerController(registry));
  start(endpointSliceController);
  start(endpointsController);
  start(endpointSliceMirroringController);
  start(clusterRoleAggregationController);
  start(namespaceController(() => registry.holders()));
  start(serviceAccountController);
  start(serviceAccountSecretController);
  start(rootCaController(rootCertificate));
  start(nodeLifecycleController(clock, options.nodeGraceMs));
  start(taintEvictionController());
  start(claimBinder());
  start(volumeController);
  start(localPathProvisioner);
  start(expander);
  start(ephemeralVolumeController);
  start(claimProtectionController);
  start(volumeProtectionController);
  if (signer) {
    start(certificateApprovalController(signer));
    start(certificateSigningController(signer));
    start(certificateCleaner((certificate) => signer.endMs(certificate)));
  }
  const pods = new PodCollector(environmentOf("pod-garbage-collector"));
  pods.start();
  const quotas = new ResourceQuotaController(environmentOf("resourcequota"), registry);
  quotas.start();
  // Last: it shares the full informers of all others and needs only metadata of the rest.
  const garbage = new GarbageCollector(environmentOf("garbage-collector"), registry);
  garbage.start();
  return {
    metrics: () => running.map((each) => each.metrics),
    async stop() {
      garbage.stop();
      pods.stop();
      await quotas.stop();
      await Promise.all(running.map((each) => each.stop()));
    },
  };
}
