import { ignoreTerminate, type FakeImage, type FakeProgram } from "./fake_image.ts";

const ready: FakeProgram = (process) => process.print("ready");

/** What containers of the runtime suite do: as a shell script, and as a program of the fake. */
export const PROGRAMS = {
  forever: ["trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done", ready],
  stubborn: [
    "trap '' TERM; echo ready; while :; do sleep 0.1; done",
    (process) => {
      ignoreTerminate(process);
      ready(process);
    },
  ],
  drains: [
    "trap 'sleep 0.3; exit 7' TERM; echo ready; while :; do sleep 0.1; done",
    (process) => {
      process.onTerminate(() => void process.clock.after(20, () => process.exit(7)));
      ready(process);
    },
  ],
  succeeds: ["exit 0", (process) => process.exit(0)],
  fails: ["sleep 0.1; exit 3", (process) => void process.clock.after(1, () => process.exit(3))],
  prints: [
    'echo "$GREETING"; echo oops >&2',
    (process) => {
      process.print(process.env["GREETING"] ?? "");
      process.print("oops", "stderr");
      process.exit(0);
    },
  ],
  answers: [
    'read line; echo "got $line"; exit 4',
    (process) =>
      process.onInput((chunk) => {
        process.print(`got ${new TextDecoder().decode(chunk).trim()}`);
        process.exit(4);
      }),
  ],
  listens: ["trap 'exit 0' TERM; nc -ll -p 7007 -e cat & echo ready; while :; do sleep 0.1; done", ready],
} as const satisfies Record<string, readonly [string, FakeProgram]>;

export type ProgramName = keyof typeof PROGRAMS;

/** The image the suite runs: every program above, and the commands it executes inside. */
export const suiteFakeImage: FakeImage = {
  program: (process) => Object.values(PROGRAMS).find(([script]) => script === process.command[2])?.[1](process),
  exec: ([name, , script]) => {
    if (name === "cat") return { exitCode: 0, echo: true };
    if (name === "sleep") return { exitCode: 0, durationMs: 60_000 };
    if (name !== "sh") return "missing";
    return { exitCode: Number(script?.match(/exit (\d+)/)?.[1] ?? 0), stdout: "out\n", stderr: "err\n" };
  },
  ports: {
    7007: async (connection) => {
      for await (const chunk of connection.incoming) await connection.write(chunk);
      connection.end();
    },
  },
};
