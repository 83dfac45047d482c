import type { AnyKind } from "#api/object.ts";

/** What a client would create: the least that is well. `i` tells several apart where their content must differ. */
export interface Sample {
  /** The name of the i-th object; `o0`, `o1` … where any name does. */
  readonly name?: (i: number) => string;
  /** Everything but type and metadata. */
  readonly fields: (i: number) => object;
}

const labels = { app: "web" };
const selector = { matchLabels: labels };
const podSpec = { containers: [{ name: "web", image: "nginx:1.27" }] };
const template = { metadata: { labels }, spec: podSpec };
const jobSpec = { template: { spec: { ...podSpec, restartPolicy: "Never" } } };
const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const webhook = {
  name: "check.example.com",
  clientConfig: { url: "https://check.example.com/" },
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
};
const matchConstraints = {
  resourceRules: [
    { apiGroups: ["none.example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["nones"] },
  ],
};
const claimSpec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const request = btoa("-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n");
const involved = { kind: "Pod", namespace: "default", name: "web" };
const parentRef = { group: "", resource: "services", namespace: "default", name: "web" };
const access = { resourceAttributes: { verb: "get", resource: "pods", namespace: "default" } };

const plain = (fields: object): Sample => ({ fields: () => fields });
const spec = (value: object): Sample => plain({ spec: value });

/** By group, version and plural. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  "/v1/bindings": plain({ target: { kind: "Node", name: "n" } }),
  "/v1/configmaps": plain({ data: { a: "b" } }),
  "/v1/endpoints": plain({ subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }] }),
  "/v1/events": plain({ involvedObject: involved, reason: "Started", message: "m", type: "Normal" }),
  "/v1/limitranges": spec({ limits: [{ type: "Container", max: { cpu: "1" } }] }),
  "/v1/namespaces": plain({}),
  "/v1/nodes": plain({}),
  "/v1/persistentvolumeclaims": spec(claimSpec),
  "/v1/persistentvolumes": spec({
    capacity: { storage: "1Gi" },
    accessModes: ["ReadWriteOnce"],
    hostPath: { path: "/tmp/data" },
  }),
  "/v1/pods": spec(podSpec),
  "/v1/podtemplates": plain({ template }),
  "/v1/replicationcontrollers": spec({ replicas: 1, selector: labels, template }),
  "/v1/resourcequotas": spec({ hard: { "count/nones.example.com": "1" } }),
  "/v1/secrets": plain({ data: { a: "Yg==" } }),
  "/v1/serviceaccounts": plain({}),
  "/v1/services": spec({ ports: [{ port: 80 }], selector: labels }),
  "admissionregistration.k8s.io/v1/mutatingadmissionpolicies": spec({
    matchConstraints,
    reinvocationPolicy: "Never",
    mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: "[]" } }],
  }),
  "admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings": spec({ policyName: "p" }),
  "admissionregistration.k8s.io/v1/mutatingwebhookconfigurations": plain({ webhooks: [webhook] }),
  "admissionregistration.k8s.io/v1/validatingadmissionpolicies": spec({
    matchConstraints,
    validations: [{ expression: "true" }],
  }),
  "admissionregistration.k8s.io/v1/validatingadmissionpolicybindings": spec({
    policyName: "p",
    validationActions: ["Deny"],
  }),
  "admissionregistration.k8s.io/v1/validatingwebhookconfigurations": plain({ webhooks: [webhook] }),
  "apiextensions.k8s.io/v1/customresourcedefinitions": {
    name: (i) => `things${i}.example.com`,
    fields: (i) => ({
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: `things${i}`, singular: `thing${i}`, kind: `Thing${i}` },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      },
    }),
  },
  "apiregistration.k8s.io/v1/apiservices": {
    name: (i) => `v${i + 1}.some.example.com`,
    fields: (i) => ({
      spec: {
        group: "some.example.com",
        version: `v${i + 1}`,
        groupPriorityMinimum: 1000,
        versionPriority: 10,
        service: { namespace: "default", name: "s" },
        insecureSkipTLSVerify: true,
      },
    }),
  },
  "apps/v1/controllerrevisions": plain({ revision: 1, data: { a: 1 } }),
  "apps/v1/daemonsets": spec({ selector, template }),
  "apps/v1/deployments": spec({ selector, template }),
  "apps/v1/replicasets": spec({ selector, template }),
  "apps/v1/statefulsets": spec({ selector, template, serviceName: "web" }),
  "authentication.k8s.io/v1/selfsubjectreviews": plain({}),
  "authentication.k8s.io/v1/tokenreviews": spec({ token: "t" }),
  "authorization.k8s.io/v1/localsubjectaccessreviews": spec({ ...access, user: "u" }),
  "authorization.k8s.io/v1/selfsubjectaccessreviews": spec(access),
  "authorization.k8s.io/v1/selfsubjectrulesreviews": spec({ namespace: "default" }),
  "authorization.k8s.io/v1/subjectaccessreviews": spec({ ...access, user: "u" }),
  "autoscaling/v1/horizontalpodautoscalers": spec({ scaleTargetRef, maxReplicas: 3 }),
  "autoscaling/v2/horizontalpodautoscalers": spec({ scaleTargetRef, maxReplicas: 3 }),
  "batch/v1/cronjobs": spec({ schedule: "0 0 1 1 *", jobTemplate: { spec: jobSpec } }),
  "batch/v1/jobs": spec(jobSpec),
  "certificates.k8s.io/v1/certificatesigningrequests": spec({
    request,
    signerName: "example.com/web",
    usages: ["client auth"],
  }),
  "coordination.k8s.io/v1/leases": spec({ holderIdentity: "me" }),
  "discovery.k8s.io/v1/endpointslices": plain({
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"] }],
    ports: [],
  }),
  "events.k8s.io/v1/events": plain({
    eventTime: "2026-01-01T00:00:00.000000Z",
    reportingController: "example.com/c",
    reportingInstance: "c-1",
    action: "Binding",
    reason: "Scheduled",
    regarding: involved,
    type: "Normal",
  }),
  "flowcontrol.apiserver.k8s.io/v1/flowschemas": spec({
    priorityLevelConfiguration: { name: "l" },
    matchingPrecedence: 5,
  }),
  "flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations": spec({
    type: "Limited",
    limited: { limitResponse: { type: "Reject" } },
  }),
  "networking.k8s.io/v1/ingressclasses": spec({ controller: "example.com/x" }),
  "networking.k8s.io/v1/ingresses": spec({ defaultBackend: { service: { name: "web", port: { number: 80 } } } }),
  "networking.k8s.io/v1/ipaddresses": { name: (i) => `10.7.0.${i + 1}`, fields: () => ({ spec: { parentRef } }) },
  "networking.k8s.io/v1/networkpolicies": spec({ podSelector: {} }),
  "networking.k8s.io/v1/servicecidrs": { fields: (i) => ({ spec: { cidrs: [`10.${i + 100}.0.0/24`] } }) },
  "node.k8s.io/v1/runtimeclasses": plain({ handler: "runc" }),
  "policy/v1/poddisruptionbudgets": spec({ minAvailable: 1, selector }),
  "rbac.authorization.k8s.io/v1/clusterrolebindings": plain({ roleRef }),
  "rbac.authorization.k8s.io/v1/clusterroles": plain({ rules }),
  "rbac.authorization.k8s.io/v1/rolebindings": plain({ roleRef }),
  "rbac.authorization.k8s.io/v1/roles": plain({ rules }),
  "resource.k8s.io/v1/deviceclasses": spec({}),
  "resource.k8s.io/v1/resourceclaims": spec({}),
  "resource.k8s.io/v1/resourceclaimtemplates": spec({ spec: {} }),
  "resource.k8s.io/v1/resourceslices": {
    fields: (i) => ({
      spec: {
        driver: "gpu.example.com",
        nodeName: "n",
        pool: { name: `p${i}`, generation: 1, resourceSliceCount: 1 },
        devices: [],
      },
    }),
  },
  "scheduling.k8s.io/v1/priorityclasses": plain({ value: 1000 }),
  "storage.k8s.io/v1/csidrivers": spec({}),
  "storage.k8s.io/v1/csinodes": spec({ drivers: [] }),
  "storage.k8s.io/v1/csistoragecapacities": plain({ storageClassName: "s" }),
  "storage.k8s.io/v1/storageclasses": plain({ provisioner: "example.com/disk" }),
  "storage.k8s.io/v1/volumeattachments": spec({
    attacher: "example.com",
    nodeName: "n",
    source: { persistentVolumeName: "pv" },
  }),
  "storage.k8s.io/v1/volumeattributesclasses": plain({ driverName: "example.com", parameters: { iops: "1" } }),
};

export function sampleKey({ group, version, plural }: Pick<AnyKind, "group" | "version" | "plural">): string {
  return `${group}/${version}/${plural}`;
}

/** The i-th object of a kind, as a client sends it. */
export function sampleOf(kind: AnyKind, i: number): { metadata: { name: string; annotations?: object } } {
  const sample = SAMPLES[sampleKey(kind)];
  if (sample === undefined) throw new Error(`no sample of ${sampleKey(kind)}: add one to test/requests/samples.ts`);
  const type = { apiVersion: kind.apiVersion, kind: kind.kind };
  return Object.assign(type, { metadata: { name: sample.name?.(i) ?? `o${i}` } }, sample.fields(i));
}
