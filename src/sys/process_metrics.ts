import { readFileSync, readdirSync } from "node:fs";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { MetricRegistry } from "#base/metrics.ts";

/** Milliseconds between looks at the event loop once somebody has asked; before that it costs nothing. */
const LOOP_RESOLUTION_MS = 20;
type IntervalHistogram = ReturnType<typeof monitorEventLoopDelay>;
const PAGE_BYTES = 4_096;

/** Puts what this process uses of the machine among `metrics`, under the names of Prometheus' own clients. */
export function addProcessMetrics(metrics: MetricRegistry): void {
  const gauge = (name: string, help: string, value: () => number) =>
    metrics.read("gauge", name, help, [], () => [[[], value()]]);
  metrics.read("counter", "process_cpu_seconds_total", "User and system time.", [], () => {
    const { user, system } = process.cpuUsage();
    return [[[], (user + system) / 1e6]];
  });
  gauge("process_start_time_seconds", "Start, seconds since the Unix epoch.", () => performance.timeOrigin / 1e3);
  gauge("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  gauge("process_virtual_memory_bytes", "Virtual memory.", virtualBytes);
  gauge("process_open_fds", "Open file descriptors.", () => readdirSync("/proc/self/fd").length);
  gauge("process_max_fds", "How many file descriptors may be open.", filesMax);
  gauge("nodejs_heap_size_total_bytes", "Heap.", () => process.memoryUsage().heapTotal);
  gauge("nodejs_heap_size_used_bytes", "Heap in use.", () => process.memoryUsage().heapUsed);
  gauge("nodejs_external_memory_bytes", "Memory outside the heap.", () => process.memoryUsage().external);
  metrics.read("gauge", "nodejs_version_info", "The version of Node.", ["version"], () => [[[process.version], 1]]);
  gauge(
    "nodejs_eventloop_utilization",
    "Share of time in which the event loop was busy, since the start.",
    () => performance.eventLoopUtilization().utilization,
  );
  addLoopDelay(metrics);
}

/** How late timers are: measured from the first time somebody asks, as it wakes the process now and then. */
function addLoopDelay(metrics: MetricRegistry): void {
  let delays: IntervalHistogram | undefined;
  const reading = (name: string, help: string, nanoseconds: (delays: IntervalHistogram) => number) =>
    metrics.read("gauge", name, help, [], () => {
      if (delays === undefined) {
        delays = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
        delays.enable();
      }
      return delays.count === 0 ? [] : [[[], nanoseconds(delays) / 1e9]];
    });
  reading("nodejs_eventloop_lag_mean_seconds", "Mean delay of the event loop.", ({ mean }) => mean);
  reading("nodejs_eventloop_lag_max_seconds", "Longest delay of the event loop.", ({ max }) => max);
  reading("nodejs_eventloop_lag_p50_seconds", "Delay of the event loop, median.", (each) => each.percentile(50));
  reading("nodejs_eventloop_lag_p99_seconds", "Delay of the event loop, 99th percentile.", (each) =>
    each.percentile(99),
  );
}

/** proc(5), statm: the first number is the size in pages. */
function virtualBytes(): number {
  return Number(readFileSync("/proc/self/statm", "latin1").split(" ")[0]) * PAGE_BYTES;
}

function filesMax(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1] ?? Number.NaN);
}
