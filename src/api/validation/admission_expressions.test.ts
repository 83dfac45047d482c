import { ValidatingAdmissionPolicy } from "../admissionregistration/validatingadmissionpolicy.ts";
import { ValidatingWebhookConfiguration } from "../admissionregistration/validatingwebhookconfiguration.ts";
import { spec, testCreate } from "./cases.test.ts";

const resourceRules = [
  { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["deployments"] },
];
const validations = [
  { expression: "object.spec.replicas <= 5", messageExpression: "'too many: ' + string(object.spec.replicas)" },
];
const undeclared = (name: string, source: string) =>
  `compilation failed: ERROR: <input>:1:1: undeclared reference to '${name}' (in container '')\n | ${source}\n | ^`;

testCreate(ValidatingAdmissionPolicy, spec({ matchConstraints: { resourceRules }, validations }), [
  [
    "a rule that does not compile",
    spec({ validations: [{ expression: "replicas > 1" }] }),
    `spec.validations[0].expression: Invalid value: "replicas > 1": ${undeclared("replicas", "replicas > 1")}`,
  ],
  [
    "a rule that gives no truth value",
    spec({ validations: [{ expression: "size(object.items)" }] }),
    'spec.validations[0].expression: Invalid value: "size(object.items)": must evaluate to bool but got int',
  ],
  [
    "parameters where there are none",
    spec({ validations: [{ expression: "params.x == 1" }] }),
    `spec.validations[0].expression: Invalid value: "params.x == 1": ${undeclared("params", "params.x == 1")}`,
  ],
  [
    "a message that is no text",
    spec({ validations: [{ expression: "true", messageExpression: "1" }] }),
    'spec.validations[0].messageExpression: Invalid value: "1": must evaluate to string but got int',
  ],
  [
    "a condition of a wrong type",
    spec({ matchConditions: [{ name: "a", expression: "'x'" }] }),
    `spec.matchConditions[0].expression: Invalid value: "'x'": must evaluate to bool but got string`,
  ],
  [
    "an annotation that is neither text nor nothing",
    spec({ auditAnnotations: [{ key: "k", valueExpression: "1" }] }),
    'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
  ],
  [
    "a variable that does not compile",
    spec({ variables: [{ name: "a", expression: "b" }] }),
    `spec.variables[0].expression: Invalid value: "b": ${undeclared("b", "b")}`,
  ],
  [
    "variables that build upon each other",
    spec({
      variables: [
        { name: "all", expression: "object.spec.containers" },
        { name: "count", expression: "size(variables.all)" },
      ],
      validations: [{ expression: "variables.count < 3 && authorizer.path('/x').check('get').allowed()" }],
    }),
  ],
]);

const webhook = {
  name: "check.example.com",
  clientConfig: { url: "https://example.com/" },
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
};
testCreate(ValidatingWebhookConfiguration, { webhooks: [{ ...webhook }] }, [
  [
    "a condition that does not compile",
    { webhooks: [{ ...webhook, matchConditions: [{ name: "a", expression: "user == 'x'" }] }] },
    `webhooks[0].matchConditions[0].expression: Invalid value: "user == 'x'": ${undeclared("user", "user == 'x'")}`,
  ],
  [
    "a condition on the request",
    { webhooks: [{ ...webhook, matchConditions: [{ name: "a", expression: "request.userInfo.username != 'x'" }] }] },
  ],
]);
