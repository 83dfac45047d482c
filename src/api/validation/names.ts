/**
 * The grammars of names. Each function returns what is wrong with a text, in Kubernetes' words; nothing when it is
 * well. Lengths count bytes.
 */

export type NameCheck = (text: string) => string[];

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED})?`;
const CONFIG_KEY = "[-._a-zA-Z0-9]+";

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const WILDCARD_RULE =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const LABEL_1035_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const QUALIFIED_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const CONFIG_KEY_RULE = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
const HTTP_HEADER_RULE = "a valid HTTP header must consist of alphanumeric characters or '-'";
const PERCENT_RULE = "a valid percent string must be a numeric string followed by an ending '%'";
const ENV_RULE = "a valid environment variable name must consist only of printable ASCII characters other than '='";

const patterns = new Map<string, RegExp>();

/** All grammars here are linear on RegExp: every repetition is bounded by the characters that may follow it. */
function matches(pattern: string, text: string): boolean {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) patterns.set(pattern, (compiled = new RegExp(`^(?:${pattern})$`)));
  return compiled.test(text);
}

/** Texts that each `remembering` check keeps in mind: none is long that was found well. */
const REMEMBERED_MAX = 1_000;

/** A check of what comes again and again, such as labels and names of containers: what was well lately is not read. */
function remembering(check: NameCheck): NameCheck {
  const well = new Set<string>();
  return (text) => {
    if (well.has(text)) return [];
    const problems = check(text);
    if (problems.length > 0) return problems;
    if (well.size >= REMEMBERED_MAX) well.clear();
    well.add(text);
    return problems;
  };
}

/** Length in bytes of UTF-8. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x800) bytes += code >= 0xd800 && code <= 0xdfff ? 1 : 2;
    else if (code >= 0x80) bytes += 1;
  }
  return bytes;
}

export function maxLengthText(max: number): string {
  return `must be no more than ${max} characters`;
}

/** `rule (e.g. 'a',  or 'b', regex used for validation is '…')`, spaced as Kubernetes spaces it. */
export function regexText(rule: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(" or ");
  return examples.length === 0
    ? `${rule} (regex used for validation is '${pattern}')`
    : `${rule} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

export const dnsSubdomain: NameCheck = (text) => [
  ...(byteLength(text) > 253 ? [maxLengthText(253)] : []),
  ...(matches(SUBDOMAIN, text) ? [] : [regexText(SUBDOMAIN_RULE, SUBDOMAIN, "example.com")]),
];

/** A host name whose first label is `*`. */
export const wildcardSubdomain: NameCheck = (text) => {
  const pattern = `\\*\\.${SUBDOMAIN}`;
  const long = byteLength(text) > 253 ? [maxLengthText(253)] : [];
  return matches(pattern, text) ? long : [...long, regexText(WILDCARD_RULE, pattern, "*.example.com")];
};

export const dnsLabel: NameCheck = remembering((text) => {
  const problems = byteLength(text) > 63 ? [maxLengthText(63)] : [];
  if (matches(LABEL, text)) return problems;
  const isSubdomain = matches(SUBDOMAIN, text);
  return [...problems, isSubdomain ? "must not contain dots" : regexText(LABEL_RULE, LABEL, "my-name", "123-abc")];
});

export const dns1035Label: NameCheck = (text) => [
  ...(byteLength(text) > 63 ? [maxLengthText(63)] : []),
  ...(matches(LABEL_1035, text) ? [] : [regexText(LABEL_1035_RULE, LABEL_1035, "my-name", "abc-123")]),
];

/** A name that is one segment of a URL path (roles, bindings). */
export const pathSegment: NameCheck = (text) => {
  if (text === "." || text === "..") return [`may not be '${text}'`];
  return ["/", "%"].filter((each) => text.includes(each)).map((each) => `may not contain '${each}'`);
};

const QUALIFIED_TEXT = regexText(QUALIFIED_RULE, QUALIFIED, "MyName", "my.name", "123-abc");

/** A label key: an optional DNS prefix, a slash, and a name of at most 63 characters. */
export const qualifiedName: NameCheck = remembering((text) => {
  const parts = text.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${QUALIFIED_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const problems: string[] = [];
  const [prefix, name] = parts.length === 2 ? [parts[0] ?? "", parts[1] ?? ""] : [undefined, text];
  if (prefix === "") problems.push("prefix part must be non-empty");
  else if (prefix !== undefined) problems.push(...dnsSubdomain(prefix).map((problem) => `prefix part ${problem}`));
  if (name === "") problems.push("name part must be non-empty");
  else if (byteLength(name) > 63) problems.push(`name part ${maxLengthText(63)}`);
  if (!matches(QUALIFIED, name)) problems.push(`name part ${QUALIFIED_TEXT}`);
  return problems;
});

export const labelValue: NameCheck = remembering((text) => [
  ...(byteLength(text) > 63 ? [maxLengthText(63)] : []),
  ...(matches(LABEL_VALUE, text) ? [] : [regexText(LABEL_VALUE_RULE, LABEL_VALUE, "MyValue", "my_value", "12345")]),
]);

function directoryProblems(text: string): string[] {
  if (text === ".") return ["must not be '.'"];
  if (text === "..") return ["must not be '..'"];
  return text.startsWith("..") ? ["must not start with '..'"] : [];
}

/** A key of a ConfigMap or Secret. */
export const configKey: NameCheck = (text) => [
  ...(byteLength(text) > 253 ? [maxLengthText(253)] : []),
  ...(matches(CONFIG_KEY, text) ? [] : [regexText(CONFIG_KEY_RULE, CONFIG_KEY, "key.name", "KEY_NAME", "key-name")]),
  ...directoryProblems(text),
];

export const envVarName: NameCheck = (text) => [
  ...(text === "" ? ["environment variable name must be non-empty"] : []),
  ...(/^[\x20-\x3c\x3e-\x7e]*$/.test(text) ? [] : [ENV_RULE]),
];

export const httpHeaderName: NameCheck = (text) =>
  matches("[-A-Za-z0-9]+", text) ? [] : [regexText(HTTP_HEADER_RULE, "[-A-Za-z0-9]+", "X-Header-Name")];

export const percentText: NameCheck = (text) =>
  matches("[0-9]+%", text) ? [] : [regexText(PERCENT_RULE, "[0-9]+%", "1%", "93%")];

/** A port's name, as RFC 6335 has it. */
export const portName: NameCheck = (text) => {
  const problems: string[] = [];
  if (byteLength(text) > 15) problems.push(maxLengthText(15));
  if (!/^[-a-z0-9]+$/.test(text)) {
    problems.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(text)) problems.push("must contain at least one letter (a-z)");
  if (text.includes("--")) problems.push("must not contain consecutive hyphens");
  if (text.startsWith("-") || text.endsWith("-")) problems.push("must not begin or end with a hyphen");
  return problems;
};

export function rangeText(least: number, most: number): string {
  return `must be between ${least} and ${most}, inclusive`;
}

export function rangeProblems(value: number, least: number, most: number): string[] {
  return value >= least && value <= most ? [] : [rangeText(least, most)];
}

export function portNumber(port: number): string[] {
  return rangeProblems(port, 1, 65535);
}

/** A user or group id. */
export function unixId(id: number): string[] {
  return rangeProblems(id, 0, 2 ** 31 - 1);
}
