import { realClock } from "#base/clock.ts";
import { FakeRuntime } from "./fake_runtime.ts";
import { testRuntime } from "./runtime_suite.ts";
import { suiteFakeImage } from "./runtime_programs_suite.ts";

testRuntime("FakeRuntime", async () => {
  const runtime = new FakeRuntime({ clock: realClock, images: { "knarr.local/toolbox:1": suiteFakeImage } });
  return {
    runtime,
    directory: "/pods",
    image: "knarr.local/toolbox:1",
    cgroupParent: "/knarr-test",
    readLog: async (path) => runtime.logs.get(path) ?? "",
    close: async () => {},
  };
});
