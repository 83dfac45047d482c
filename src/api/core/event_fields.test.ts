import assert from "node:assert/strict";
import { test } from "node:test";
import { Event as NewEvent } from "../events/event.ts";
import { Event } from "./event.ts";

const about = { apiVersion: "v1", kind: "Pod", namespace: "default", name: "web", uid: "u1", fieldPath: "spec" };

const metadata = { name: "web.1", namespace: "default", uid: "u2", resourceVersion: "1", creationTimestamp: "" };
const shared = { kind: "Event", metadata, reason: "Pulled", type: "Normal", reportingInstance: "" };

test("events are selected by what they are about, under the name of each kind", () => {
  const source = { component: "kubelet" };
  const old = { ...shared, apiVersion: "v1", involvedObject: about, source, reportingComponent: "" };
  const read = (field: string) => Event.selectableFields?.[field]?.(old);
  assert.equal(read("involvedObject.name"), "web");
  assert.equal(read("involvedObject.uid"), "u1");
  assert.equal(read("involvedObject.resourceVersion"), "");
  assert.equal(read("reason"), "Pulled");
  assert.equal(read("source"), "kubelet");
  assert.equal(read("reportingComponent"), "");
  const event = {
    ...shared,
    apiVersion: "events.k8s.io/v1",
    eventTime: "",
    regarding: about,
    deprecatedSource: {},
    reportingController: "scheduler",
  };
  assert.equal(NewEvent.selectableFields?.["regarding.kind"]?.(event), "Pod");
  assert.equal(NewEvent.selectableFields?.["reportingController"]?.(event), "scheduler");
});
