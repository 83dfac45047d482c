import { ValidatingWebhookConfiguration } from "../admissionregistration/validatingwebhookconfiguration.ts";
import { ValidatingAdmissionPolicyBinding } from "../admissionregistration/validatingadmissionpolicybinding.ts";
import { APIService } from "../apiregistration/apiservice.ts";
import { HorizontalPodAutoscaler } from "../autoscaling/horizontalpodautoscaler.ts";
import { CertificateSigningRequest } from "../certificates/certificatesigningrequest.ts";
import { FlowSchema } from "../flowcontrol/flowschema.ts";
import { PriorityLevelConfiguration } from "../flowcontrol/prioritylevelconfiguration.ts";
import type { JsonObject } from "../json.ts";
import { RuntimeClass } from "../node/runtimeclass.ts";
import { CSIDriver } from "../storage/csidriver.ts";
import { StorageClass } from "../storage/storageclass.ts";
import { VolumeAttachment } from "../storage/volumeattachment.ts";
import { VolumeAttributesClass } from "../storage/volumeattributesclass.ts";
import { LABEL, spec, testCreate, testUpdate } from "./cases.test.ts";

const scaleTargetRef = { kind: "Deployment", name: "web", apiVersion: "apps/v1" };
const resource = (target: JsonObject): JsonObject => ({ type: "Resource", resource: { name: "cpu", target } });
testCreate(HorizontalPodAutoscaler, spec({ scaleTargetRef, maxReplicas: 3 }), [
  [
    "no pods at most",
    spec({ maxReplicas: 0 }),
    "spec.maxReplicas: Invalid value: 0: must be greater than 0",
    "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
  ],
  ["no target", spec({ scaleTargetRef: { name: "" } }), "spec.scaleTargetRef.name: Required value"],
  [
    "a metric without its source",
    spec({ metrics: [{ type: "Pods" }] }),
    "spec.metrics[0].pods: Required value: must populate information for the given metric source",
  ],
  [
    "a target of both sorts",
    spec({ metrics: [resource({ type: "Utilization", averageUtilization: 50, averageValue: "1" })] }),
    "spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization",
  ],
  [
    "a target of nothing",
    spec({ metrics: [resource({ type: "AverageValue", averageValue: "0" })] }),
    'spec.metrics[0].resource.target.averageValue: Invalid value: "0": must be positive',
  ],
  [
    "a period too long",
    spec({ behavior: { scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 1801 }] } } }),
    "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800",
  ],
]);

testCreate(StorageClass, { provisioner: "example.com/disk" }, [
  ["no provisioner", { provisioner: "" }, "provisioner: Required value"],
  [
    "an unknown binding mode",
    { volumeBindingMode: "Later" },
    'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"',
  ],
]);
testUpdate(StorageClass, { provisioner: "example.com/disk" }, [
  ["growing", { allowVolumeExpansion: true }],
  ["other parameters", { parameters: { a: "b" } }, "parameters: Forbidden: updates to parameters are forbidden."],
  ["another end", { reclaimPolicy: "Retain" }, "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden."],
]);
testCreate(VolumeAttributesClass, { driverName: "example.com", parameters: { iops: "1" } }, [
  ["no parameters", { parameters: null }, "parameters: Required value: must contain at least one key/value pair"],
]);
const attachment = spec({ attacher: "example.com", nodeName: "n", source: { persistentVolumeName: "pv" } });
testCreate(VolumeAttachment, attachment, [
  [
    "no volume",
    spec({ source: { persistentVolumeName: null } }),
    "spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
  ],
]);
testCreate(CSIDriver, spec({}), [
  [
    "an unknown mode",
    spec({ volumeLifecycleModes: ["Forever"] }),
    'spec.volumeLifecycleModes: Unsupported value: "Forever": supported values: "Ephemeral", "Persistent"',
  ],
]);
testUpdate(RuntimeClass, { handler: "runc" }, [
  ["another handler", { handler: "other" }, 'handler: Invalid value: "other": field is immutable'],
]);

const pem = btoa("-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n");
testCreate(CertificateSigningRequest, spec({ request: pem, signerName: "example.com/web", usages: ["client auth"] }), [
  ["no usages", spec({ usages: [] }), "spec.usages: Required value"],
  [
    "a life too short",
    spec({ expirationSeconds: 60 }),
    "spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 600 seconds (10 minutes)",
  ],
  ["no signer", spec({ signerName: "" }), "spec.signerName: Required value"],
]);

const webhook: JsonObject = {
  name: "a.example.com",
  clientConfig: { url: "https://hook.example" },
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  rules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }],
};
const hook = (change: JsonObject): JsonObject => ({ webhooks: [{ ...webhook, ...change }] });
testCreate(ValidatingWebhookConfiguration, hook({}), [
  [
    "a name that may be another's",
    hook({ name: "example.com" }),
    'webhooks[0].name: Invalid value: "example.com": should be a domain with at least three segments separated by dots',
  ],
  [
    "side effects",
    hook({ sideEffects: "Some" }),
    'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
  ],
  [
    "a long wait",
    hook({ timeoutSeconds: 31 }),
    "webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
  ],
  [
    "no address",
    hook({ clientConfig: {} }),
    "webhooks[0].clientConfig: Required value: exactly one of url or service is required",
  ],
  [
    "an address without TLS",
    hook({ clientConfig: { url: "http://hook.example" } }),
    "webhooks[0].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
  ],
  [
    "a star among others",
    hook({ rules: [{ operations: ["*", "CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }] }),
    'webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify other operations',
  ],
]);
testCreate(ValidatingAdmissionPolicyBinding, spec({ policyName: "p", validationActions: ["Deny"] }), [
  ["no policy", spec({ policyName: "" }), "spec.policyName: Required value"],
  [
    "an unknown action",
    spec({ validationActions: ["Shout"] }),
    'spec.validationActions[0]: Unsupported value: "Shout": supported values: "Audit", "Deny", "Warn"',
  ],
]);

const anybody = { kind: "User", user: { name: "*" } };
const urls = (...nonResourceURLs: string[]): JsonObject => ({ verbs: ["*"], nonResourceURLs });
testCreate(FlowSchema, spec({ priorityLevelConfiguration: { name: "l" }, matchingPrecedence: 5 }), [
  [
    "a precedence too great",
    spec({ matchingPrecedence: 10_001 }),
    "spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000",
  ],
  [
    "no priority level",
    spec({ priorityLevelConfiguration: { name: "" } }),
    "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
  ],
  [
    "the first place",
    spec({ matchingPrecedence: 1 }),
    "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
  ],
  [
    "rules about nobody and nothing",
    spec({ rules: [{}] }),
    "spec.rules[0].subjects: Required value: subjects must contain at least one value",
    "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
  ],
  [
    "subjects that are not described, or as something else",
    spec({ rules: [{ subjects: [{ kind: "User", group: { name: "g" } }], nonResourceRules: [urls("*")] }] }),
    "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
    "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
  ],
  [
    "an account of no namespace",
    spec({
      rules: [
        {
          subjects: [{ kind: "ServiceAccount", serviceAccount: { name: "*" } }],
          nonResourceRules: [urls("a", "/b/*")],
        },
      ],
    }),
    "spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account",
    'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "a": must start with slash',
  ],
  [
    "resources of no group, anywhere and elsewhere",
    spec({
      rules: [{ subjects: [anybody], resourceRules: [{ verbs: ["use"], resources: ["*", "a"], namespaces: ["A"] }] }],
    }),
    'spec.rules[0].resourceRules[0].verbs: Unsupported value: ["use"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
    "spec.rules[0].resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group",
    'spec.rules[0].resourceRules[0].resources: Invalid value: ["*","a"]: if \'*\' is present, must not specify other resources',
    `spec.rules[0].resourceRules[0].namespaces[0]: Invalid value: "A": each member of this list must be '*' or a DNS-1123 label; ${LABEL}`,
  ],
]);
testCreate(PriorityLevelConfiguration, spec({ type: "Limited", limited: { limitResponse: { type: "Reject" } } }), [
  ["no limits", spec({ limited: null }), "spec.limited: Required value: must not be empty when type is Limited"],
  [
    "an unknown type",
    spec({ type: "Some" }),
    'spec.type: Unsupported value: "Some": supported values: "Exempt", "Limited"',
  ],
  [
    "others who are never held up",
    spec({ type: "Exempt", limited: null }),
    "spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'",
  ],
  [
    "hands that no hash can deal",
    spec({ limited: { limitResponse: { type: "Queue", queuing: { queues: 256, handSize: 8 } } } }),
    "spec.limited.limitResponse.queuing.handSize: Invalid value: 8: required entropy bits of deckSize 256 and handSize 8 should not be greater than 60",
  ],
]);
const service = { group: "a.example", version: "v1", groupPriorityMinimum: 1000, versionPriority: 15 };
testCreate(APIService, { metadata: { name: "v1.a.example" }, ...spec(service) }, [
  [
    "another's name",
    { metadata: { name: "v2.a.example" } },
    'metadata.name: Invalid value: "v2.a.example": must be `spec.version+"."+spec.group`: "v1.a.example"',
  ],
]);
