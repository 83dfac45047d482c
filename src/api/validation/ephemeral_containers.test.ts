import assert from "node:assert/strict";
import { test } from "node:test";
import { EPHEMERAL_CONTAINERS } from "../core/pod_parts.ts";
import { Pod } from "../core/pod.ts";
import type { JsonObject } from "../json.ts";
import { complete, texts } from "./cases.test.ts";

interface Case {
  readonly name: string;
  /** What is there before. */
  readonly before?: readonly JsonObject[];
  readonly sent: readonly JsonObject[];
  readonly annotations?: Record<string, string>;
  readonly want: readonly string[];
}

const debug = { name: "debug", image: "busybox" };
const at = "spec.ephemeralContainers[0]";
const never = "Forbidden: cannot be set for an Ephemeral Container";
const probe = { tcpSocket: { port: 80 } };
const CASES: readonly Case[] = [
  {
    name: "takes what kubectl sends",
    sent: [{ ...debug, targetContainerName: "web", stdin: true, tty: true }],
    want: [],
  },
  { name: "takes what is there in another order", before: [debug], sent: [{ ...debug, name: "b" }, debug], want: [] },
  {
    name: "wants a name and an image",
    sent: [{}],
    want: [`${at}.name: Required value`, `${at}.image: Required value`],
  },
  {
    name: "takes no image with a space before it",
    sent: [{ ...debug, image: " busybox" }],
    want: [`${at}.image: Invalid value: " busybox": must not have leading or trailing whitespace`],
  },
  {
    name: "does not take the name of a container",
    sent: [{ ...debug, name: "web" }],
    want: [`${at}.name: Duplicate value: "web"`],
  },
  {
    name: "does not take the name of an init container",
    sent: [{ ...debug, name: "init" }],
    want: [`${at}.name: Duplicate value: "init"`],
  },
  {
    name: "does not take one name twice",
    sent: [debug, { ...debug, image: "other" }],
    want: ['spec.ephemeralContainers[1].name: Duplicate value: "debug"'],
  },
  {
    name: "wants a target that exists",
    sent: [{ ...debug, targetContainerName: "nobody" }],
    want: [`${at}.targetContainerName: Not found: "nobody"`],
  },
  {
    name: "wants a target that is not for debugging itself",
    sent: [debug, { ...debug, name: "b", targetContainerName: "debug" }],
    want: ['spec.ephemeralContainers[1].targetContainerName: Not found: "debug"'],
  },
  {
    name: "refuses what is for work, not for looking",
    sent: [
      {
        ...debug,
        ports: [{ containerPort: 80 }],
        resources: { requests: { cpu: "1" } },
        resizePolicy: [{ resourceName: "cpu", restartPolicy: "NotRequired" }],
        livenessProbe: probe,
        readinessProbe: probe,
        startupProbe: probe,
        lifecycle: {},
      },
    ],
    want: ["ports", "resources", "resizePolicy", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"].map(
      (field) => `${at}.${field}: ${never}`,
    ),
  },
  {
    name: "refuses a restart policy",
    sent: [{ ...debug, restartPolicy: "Always" }],
    want: [`${at}.restartPolicy: ${never}`],
  },
  {
    name: "shows volumes of the pod, but no part of one",
    sent: [
      {
        ...debug,
        volumeMounts: [
          { name: "data", mountPath: "/a", subPath: "b" },
          { name: "data", mountPath: "/b", subPathExpr: "$(A)" },
          { name: "other", mountPath: "/c" },
        ],
      },
    ],
    want: [
      `${at}.volumeMounts[2].name: Not found: "other"`,
      `${at}.volumeMounts[0].subPath: ${never}`,
      `${at}.volumeMounts[1].subPathExpr: ${never}`,
    ],
  },
  {
    name: "keeps what is there",
    before: [debug, { ...debug, name: "b" }],
    sent: [{ ...debug, name: "c" }],
    want: [
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n',
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "b" may not be removed\n',
    ],
  },
  {
    name: "leaves what is there as it is",
    before: [debug],
    sent: [{ ...debug, image: "other" }],
    want: [
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed\n' +
        '--- \n+++ \n@@ -1,6 +1,6 @@\n {\n  "name": "debug",\n- "image": "busybox",\n+ "image": "other",\n' +
        '  "resources": {},\n  "imagePullPolicy": "Always",\n  "terminationMessagePath": "/dev/termination-log",\n',
    ],
  },
  {
    name: "is not for pods that a node runs by itself",
    sent: [debug],
    annotations: { "kubernetes.io/config.mirror": "hash" },
    want: [": Forbidden: static pods do not support ephemeral containers"],
  },
];

function podWith(ephemeralContainers: readonly JsonObject[], annotations: Record<string, string> = {}): Pod {
  const spec = {
    nodeName: "n",
    containers: [{ name: "web", image: "nginx" }],
    initContainers: [{ name: "init", image: "nginx" }],
    volumes: [{ name: "data", emptyDir: {} }],
    ephemeralContainers: [...ephemeralContainers],
  };
  return complete(Pod, { spec }, { annotations, resourceVersion: "1" }) as Pod;
}

for (const { name, before = [], sent, annotations, want } of CASES) {
  test(`the list of containers for debugging ${name}`, () => {
    const errors = EPHEMERAL_CONTAINERS.validate(podWith(sent, annotations), podWith(before, annotations));
    assert.deepEqual(texts(errors), want);
  });
}
