/**
 * A pod cannot be made as its spec and what that refers to stand now; people may mend it. The message is shown as
 * that of CreateContainerConfigError, or of the FailedMount event.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
