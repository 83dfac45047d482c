/** A command could not do its work. Printed as two lines: what is wrong, and what to do next. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly hint: string;
  readonly exitCode: number;

  constructor(message: string, hint: string, exitCode = 1) {
    super(message);
    this.hint = hint;
    this.exitCode = exitCode;
  }
}
