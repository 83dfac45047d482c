/** Where a command's words go. Colours and moving lines only when a person watches. */
export interface Terminal {
  readonly isTty: boolean;
  readonly colours: boolean;
  out(text: string): void;
  err(text: string): void;
}

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** `text` in a style, plain where the terminal has none. */
export function styled(terminal: Pick<Terminal, "colours">, style: Style, text: string): string {
  const [on, off] = CODES[style];
  return terminal.colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}

/** One line that says what is being waited for: rewritten in place on a terminal, printed once per change elsewhere. */
export class Progress {
  readonly #terminal: Terminal;
  #last = "";

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  say(message: string): void {
    if (message === this.#last) return;
    this.#last = message;
    const line = styled(this.#terminal, "dim", message);
    this.#terminal.err(this.#terminal.isTty ? `\r\u001b[K${line}` : `${line}\n`);
  }

  /** Takes the line away, so that what follows starts at the left. */
  done(): void {
    if (this.#terminal.isTty && this.#last !== "") this.#terminal.err("\r\u001b[K");
    this.#last = "";
  }
}

/** Rows under their headings, columns three spaces apart, as kubectl prints them. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, at) => Math.max(heading.length, ...rows.map((row) => (row[at] ?? "").length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (at === cells.length - 1 ? cell : cell.padEnd((widths[at] ?? 0) + 3)))
      .join("")
      .trimEnd();
  return [headings, ...rows].map((cells) => `${line(cells)}\n`).join("");
}
