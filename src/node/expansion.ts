/**
 * Replaces `$(NAME)` by the variable's value; `$$` is a literal dollar, and a name that is not known stays as it is
 * (third_party/forked/golang/expansion).
 */
export function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  let out = "";
  for (let at = 0; at < text.length;) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0 || dollar + 1 >= text.length) return out + text.slice(at);
    out += text.slice(at, dollar);
    const next = text[dollar + 1];
    const close = next === "(" ? text.indexOf(")", dollar + 2) : -1;
    if (close >= 0) {
      const whole = text.slice(dollar, close + 1);
      out += variables.get(whole.slice(2, -1)) ?? whole;
      at = close + 1;
    } else {
      // `$$` gives one dollar; a dollar before anything else, also before an open bracket that never closes, stays.
      out += next === "$" ? "$" : `$${next}`;
      at = dollar + 2;
    }
  }
  return out;
}
