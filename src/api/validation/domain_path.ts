import { dnsSubdomain, regexText } from "./names.ts";
import type { Report } from "./report.ts";

const PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** The name of a controller: a domain and a path, as in `example.com/ingress`. */
export function checkDomainPath(report: Report, path: string, text: string): void {
  if (text === "") {
    report.required(path);
    return;
  }
  const slash = text.indexOf("/");
  if (slash <= 0 || slash === text.length - 1) {
    report.invalid(path, text, 'must be a domain-prefixed path (such as "acme.io/foo")');
    return;
  }
  const [host, rest] = [text.slice(0, slash), text.slice(slash + 1)];
  report.check(path, host, dnsSubdomain);
  report.check(path, rest, () =>
    /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(rest) ? [] : [regexText("Invalid path", PATH)],
  );
}
