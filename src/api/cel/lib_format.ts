import {
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  labelValue,
  qualifiedName,
  type NameCheck,
} from "../validation/names.ts";
import { instance, Library, P } from "./functions.ts";
import { parseDate, parseTimestamp } from "./time_values.ts";
import { CelType, listType, optionalType, STRING } from "./types.ts";
import { parseUrl, UrlError } from "./url.ts";
import { NONE, Opaque, Optional, PlainList } from "./value.ts";

const FORMAT = new CelType("opaque", "kubernetes.NamedFormat");
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

class FormatValue extends Opaque {
  readonly name: string;
  readonly check: NameCheck;
  /** Characters of its pattern, as costs count it. */
  readonly patternChars: number;

  constructor(name: string, patternChars: number, check: NameCheck) {
    super();
    this.name = name;
    this.check = check;
    this.patternChars = patternChars;
  }

  get type(): CelType {
    return FORMAT;
  }

  override get costSize(): number {
    return this.patternChars;
  }

  sameAs(other: Opaque): boolean {
    return other instanceof FormatValue && other.name === this.name;
  }
}

/** A prefix that a name is made of may end with a dash. */
function prefix(check: NameCheck): NameCheck {
  return (text) => check(text.length > 1 && text.endsWith("-") ? `${text.slice(0, -2)}a` : text);
}

function uri(text: string): string[] {
  try {
    parseUrl(text);
    return [];
  } catch (error) {
    if (error instanceof UrlError) return [error.message];
    throw error;
  }
}

const FORMATS: ReadonlyMap<string, FormatValue> = new Map([
  ["dns1123Label", new FormatValue("DNS1123Label", 30, dnsLabel)],
  ["dns1123Subdomain", new FormatValue("DNS1123Subdomain", 60, dnsSubdomain)],
  ["dns1035Label", new FormatValue("DNS1035Label", 30, dns1035Label)],
  ["qualifiedName", new FormatValue("QualifiedName", 60, qualifiedName)],
  ["dns1123LabelPrefix", new FormatValue("DNS1123LabelPrefix", 30, prefix(dnsLabel))],
  ["dns1123SubdomainPrefix", new FormatValue("DNS1123SubdomainPrefix", 60, prefix(dnsSubdomain))],
  ["dns1035LabelPrefix", new FormatValue("DNS1035LabelPrefix", 30, prefix(dns1035Label))],
  ["labelValue", new FormatValue("LabelValue", 40, labelValue)],
  ["uri", new FormatValue("URI", 1200, uri)],
  ["uuid", new FormatValue("uuid", 90, (text) => (UUID.test(text) ? [] : ["does not match the UUID format"]))],
  ["byte", new FormatValue("byte", 80, (text) => (BASE64.test(text) ? [] : ["invalid base64"]))],
  ["date", new FormatValue("date", 120, (text) => (parseDate(text) === undefined ? ["invalid date"] : []))],
  [
    "datetime",
    new FormatValue("datetime", 120, (text) => (parseTimestamp(text) === undefined ? ["invalid datetime"] : [])),
  ],
]);

/** Kubernetes' named formats, such as those of names. */
const formats = new Library()
  .fn("format.named", "format-named", [P.string], optionalType(FORMAT), ([name]) => {
    const format = FORMATS.get(name);
    return format === undefined ? NONE : new Optional(format);
  })
  .method(
    "validate",
    "format-validate",
    [instance(FORMAT, FormatValue), P.string],
    optionalType(listType(STRING)),
    ([format, text]) => {
      const problems = format.check(text);
      return problems.length === 0 ? NONE : new Optional(new PlainList(problems));
    },
  );
for (const [name, format] of FORMATS) formats.fn(`format.${name}`, `format.${name}`, [], FORMAT, () => format);

export { formats };
