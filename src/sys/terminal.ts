// `knarr logs | head`: a reader that has seen enough is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

/** This process's own terminal. Colours follow NO_COLOR and whether standard output is a terminal. */
export const processTerminal = {
  isTty: process.stderr.isTTY === true,
  colours: process.stdout.isTTY === true && !process.env["NO_COLOR"],
  out(text: string): void {
    process.stdout.write(text);
  },
  err(text: string): void {
    process.stderr.write(text);
  },
};
