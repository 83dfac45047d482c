import type { ValueOf } from "../schema/schema.ts";
import { INT64, STRING, boolean, int64, list, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const Capabilities = object("io.k8s.api.core.v1.Capabilities", {
  add: list(1, STRING),
  drop: list(2, STRING),
});
export interface Capabilities extends ValueOf<typeof Capabilities> {}

export const SELinuxOptions = object("io.k8s.api.core.v1.SELinuxOptions", {
  user: string(1),
  role: string(2),
  type: string(3),
  level: string(4),
});
export interface SELinuxOptions extends ValueOf<typeof SELinuxOptions> {}

export const WindowsSecurityContextOptions = object("io.k8s.api.core.v1.WindowsSecurityContextOptions", {
  gmsaCredentialSpecName: string(1, { ptr: true }),
  gmsaCredentialSpec: string(2, { ptr: true }),
  runAsUserName: string(3, { ptr: true }),
  hostProcess: boolean(4, { ptr: true }),
});
export interface WindowsSecurityContextOptions extends ValueOf<typeof WindowsSecurityContextOptions> {}

export const SeccompProfile = object("io.k8s.api.core.v1.SeccompProfile", {
  type: string(1, { required: true, always: true, enum: ["Localhost", "RuntimeDefault", "Unconfined"] }),
  localhostProfile: string(2, { ptr: true }),
});
export interface SeccompProfile extends ValueOf<typeof SeccompProfile> {}

export const AppArmorProfile = object("io.k8s.api.core.v1.AppArmorProfile", {
  type: string(1, { required: true, always: true, enum: ["Localhost", "RuntimeDefault", "Unconfined"] }),
  localhostProfile: string(2, { ptr: true }),
});
export interface AppArmorProfile extends ValueOf<typeof AppArmorProfile> {}

export const SecurityContext = object("io.k8s.api.core.v1.SecurityContext", {
  capabilities: ptr(1, Capabilities),
  privileged: boolean(2, { ptr: true }),
  seLinuxOptions: ptr(3, SELinuxOptions),
  windowsOptions: ptr(10, WindowsSecurityContextOptions),
  runAsUser: int64(4, { ptr: true }),
  runAsGroup: int64(8, { ptr: true }),
  runAsNonRoot: boolean(5, { ptr: true }),
  readOnlyRootFilesystem: boolean(6, { ptr: true }),
  allowPrivilegeEscalation: boolean(7, { ptr: true }),
  procMount: string(9, { ptr: true, enum: ["Default", "Unmasked"] }),
  seccompProfile: ptr(11, SeccompProfile),
  appArmorProfile: ptr(12, AppArmorProfile),
});
export interface SecurityContext extends ValueOf<typeof SecurityContext> {}

export const Sysctl = object("io.k8s.api.core.v1.Sysctl", {
  name: string(1, { required: true, always: true }),
  value: string(2, { required: true, always: true }),
});
export interface Sysctl extends ValueOf<typeof Sysctl> {}

export const PodSecurityContext = object("io.k8s.api.core.v1.PodSecurityContext", {
  seLinuxOptions: ptr(1, SELinuxOptions),
  windowsOptions: ptr(8, WindowsSecurityContextOptions),
  runAsUser: int64(2, { ptr: true }),
  runAsGroup: int64(6, { ptr: true }),
  runAsNonRoot: boolean(3, { ptr: true }),
  supplementalGroups: list(4, INT64),
  supplementalGroupsPolicy: string(12, { ptr: true, enum: ["Merge", "Strict"] }),
  fsGroup: int64(5, { ptr: true }),
  sysctls: list(7, Sysctl),
  fsGroupChangePolicy: string(9, { ptr: true, enum: ["Always", "OnRootMismatch"] }),
  seccompProfile: ptr(10, SeccompProfile),
  appArmorProfile: ptr(11, AppArmorProfile),
  seLinuxChangePolicy: string(13, { ptr: true }),
});
export interface PodSecurityContext extends ValueOf<typeof PodSecurityContext> {}
