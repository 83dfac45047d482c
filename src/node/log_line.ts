/** One line of a container's log file as the runtime writes it: `TIME STREAM TAG TEXT`. */
export interface LogLine {
  /** RFC 3339 with nanoseconds, as written. */
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  /** The text goes on in the next line of the same stream: there is no line end after it. */
  readonly partial: boolean;
  readonly text: string;
}

/** Reads one line (without its line end); undefined when it is not in the format. */
export function parseLogLine(line: string): LogLine | undefined {
  const afterTime = line.indexOf(" ");
  const afterStream = line.indexOf(" ", afterTime + 1);
  const afterTag = line.indexOf(" ", afterStream + 1);
  if (afterTime < 0 || afterStream < 0) return undefined;
  const stream = line.slice(afterTime + 1, afterStream);
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  const tags = line.slice(afterStream + 1, afterTag < 0 ? undefined : afterTag).split(":");
  const text = afterTag < 0 ? "" : line.slice(afterTag + 1);
  return { time: line.slice(0, afterTime), stream, partial: tags.includes("P"), text };
}

/** All whole lines of a text. */
export function parseLogLines(text: string): LogLine[] {
  const lines = text.split("\n");
  lines.pop();
  return lines.flatMap((line) => parseLogLine(line) ?? []);
}
