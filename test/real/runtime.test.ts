import { test } from "node:test";
import { testRuntime } from "#node/runtime_suite.ts";
import { privateContainerd, whyNoContainers } from "./private_containerd.ts";

const skip = await whyNoContainers();
if (skip === undefined) testRuntime("CriRuntime", () => privateContainerd("suite", "10.249.7.0/24"));
else test("CriRuntime", { skip }, () => {});
