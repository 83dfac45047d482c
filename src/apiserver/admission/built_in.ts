import type { AdmissionStep } from "../admission.ts";
import { certificateRequester } from "./certificate_requester.ts";
import { defaultIngressClass, defaultStorageClass } from "./default_classes.ts";
import { defaultTolerations } from "./default_tolerations.ts";
import { limitRanger } from "./limit_ranger.ts";
import { namespaceLifecycle } from "./namespace_lifecycle.ts";
import { podPriority } from "./priority.ts";
import { runtimeClassAdmission } from "./runtime_class.ts";
import { nodeVolumes } from "./node_volumes.ts";
import { serviceAccountAdmission } from "./service_account.ts";
import { claimResize, storageProtection } from "./storage.ts";

/** The steps every write passes, in the order kube-apiserver runs its own. */
export const builtInAdmission: readonly AdmissionStep[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccountAdmission,
  podPriority,
  defaultTolerations,
  defaultIngressClass,
  defaultStorageClass,
  storageProtection,
  claimResize,
  runtimeClassAdmission,
  certificateRequester,
  nodeVolumes,
];
