import { arch, availableParallelism, hostname, totalmem } from "node:os";

/** Facts of this machine that do not change while it runs. */
export const machine = {
  /** The processor's kind; only these two are supported. */
  get architecture(): "x64" | "arm64" {
    const found = arch();
    if (found !== "x64" && found !== "arm64")
      throw new Error(`The architecture ${found} is not supported: use x64 or arm64`);
    return found;
  },
  get processors(): number {
    return availableParallelism();
  },
  get memoryBytes(): number {
    return totalmem();
  },
  get hostname(): string {
    return hostname();
  },
} as const;
