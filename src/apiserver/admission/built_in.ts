import type { AdmissionStep } from "../admission.ts";
import { certificateRequester } from "./certificate_requester.ts";
import { defaultTolerations } from "./default_tolerations.ts";
import { namespaceLifecycle } from "./namespace_lifecycle.ts";
import { podPriority } from "./priority.ts";
import { resourceQuota } from "./resource_quota.ts";
import { serviceAccountAdmission } from "./service_account.ts";

/** The steps every write passes, in the order kube-apiserver runs its own. */
export const builtInAdmission: readonly AdmissionStep[] = [
  namespaceLifecycle,
  serviceAccountAdmission,
  podPriority,
  defaultTolerations,
  certificateRequester,
  // Last: what it counts, nobody else may refuse.
  resourceQuota,
];
