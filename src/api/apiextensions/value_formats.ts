import { RE2JS } from "re2js";
import { DurationError, parseDuration } from "../duration.ts";
import { parseIp } from "../validation/ip.ts";
import { dnsLabel, dnsSubdomain } from "../validation/names.ts";

type FormatCheck = (text: string) => boolean;

const HOSTNAME =
  "^([a-zA-Z0-9\\p{S}\\p{L}]((-?[a-zA-Z0-9\\p{S}\\p{L}]{0,62})?)|([a-zA-Z0-9\\p{S}\\p{L}](([a-zA-Z0-9-\\p{S}\\p{L}]{0,61}[a-zA-Z0-9\\p{S}\\p{L}])?)(\\.)){1,}([a-zA-Z\\p{L}]){2,63})$";
const CREDIT_CARD =
  "^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\\d{3})\\d{11})$";
const BYTE = "255|25[0-4]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9]";
const DATE = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";

/** The formats that schemas of custom resources may name; others are not looked at. Names without their dashes. */
const FORMATS: Readonly<Record<string, FormatCheck>> = {
  bsonobjectid: matching("^[0-9a-f]{24}$"),
  uri: (text) => matches("^([a-zA-Z][a-zA-Z0-9+.-]*:[^\\s#]+|/[^\\s#]*)$", text),
  email: matching('^[^\\s@<>,;:"()\\[\\]]+@[^\\s@<>,;:"()\\[\\]]+$'),
  hostname: (text) => text.length <= 255 && matches(HOSTNAME, text),
  ipv4: (text) => parseIp(text)?.family === "IPv4",
  ipv6: (text) => parseIp(text)?.family === "IPv6",
  cidr: isCidr,
  mac: matching(
    "^([0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}([:-][0-9a-fA-F]{2}){0,14}|([0-9a-fA-F]{4}\\.){2,9}[0-9a-fA-F]{4})$",
  ),
  uuid: matching("(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$"),
  uuid3: matching("(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$"),
  uuid4: matching("(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$"),
  uuid5: matching("(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$"),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: (text) => matches(CREDIT_CARD, digits(text)) && isLuhn(digits(text)),
  ssn: matching("^\\d{3}[- ]?\\d{2}[- ]?\\d{4}$"),
  hexcolor: matching("^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"),
  rgbcolor: matching(`^rgb\\(\\s*(${BYTE})\\s*,\\s*(${BYTE})\\s*,\\s*(${BYTE})\\s*\\)$`),
  byte: matching("^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"),
  password: () => true,
  date: (text) => matches(`^${DATE}$`, text) && isCalendarDay(text),
  duration: isDuration,
  datetime: (text) =>
    matches(
      `^${DATE}[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?$`,
      text,
    ),
  k8sshortname: (text) => dnsLabel(text).length === 0,
  k8slongname: (text) => dnsSubdomain(text).length === 0,
};

const NUMBER_FORMATS: Readonly<Record<string, readonly string[]>> = {
  integer: ["int32", "int64"],
  number: ["float", "double"],
};

/** How texts of a format are checked; undefined where the format says nothing. */
export function formatCheck(format: string): FormatCheck | undefined {
  const name = format.replaceAll("-", "");
  return Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
}

/** Whether a format means something for values of a type. */
export function isKnownFormat(format: string, type: string): boolean {
  if (type === "" || type === "string") return formatCheck(format) !== undefined;
  return NUMBER_FORMATS[type]?.includes(format) ?? false;
}

const compiled = new Map<string, RE2JS>();

function matches(pattern: string, text: string): boolean {
  let regexp = compiled.get(pattern);
  if (regexp === undefined) compiled.set(pattern, (regexp = RE2JS.compile(pattern)));
  return regexp.test(text);
}

function matching(pattern: string): FormatCheck {
  return (text) => matches(pattern, text);
}

function isCidr(text: string): boolean {
  const [address = "", prefix = "", ...rest] = text.split("/");
  const ip = parseIp(address);
  if (ip === undefined || rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(prefix)) return false;
  return Number(prefix) <= (ip.family === "IPv4" ? 32 : 128);
}

function digits(text: string): string {
  return text.replace(/\D/g, "");
}

function isLuhn(text: string): boolean {
  let sum = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = Number(text[text.length - 1 - at]);
    sum += at % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

function isIsbn10(text: string): boolean {
  const bare = text.replace(/[\s-]/g, "");
  if (!/^\d{9}[\dX]$/.test(bare)) return false;
  const sum = Array.from(bare, (char, at) => (10 - at) * (char === "X" ? 10 : Number(char)));
  return sum.reduce((a, b) => a + b, 0) % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const bare = text.replace(/[\s-]/g, "");
  if (!/^\d{13}$/.test(bare)) return false;
  const sum = Array.from(bare, (char, at) => Number(char) * (at % 2 === 0 ? 1 : 3));
  return sum.reduce((a, b) => a + b, 0) % 10 === 0;
}

function isCalendarDay(text: string): boolean {
  const time = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}

const SPOKEN_DURATION =
  "^(\\d+)\\s*(ns|nano|us|µs|micro|ms|milli|s|sec|m|min|h|hr|hour|d|day|w|wk|week)s?(conds?|utes?)?$";

/** Go's durations, and those with words: `3 days`. */
function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    return matches(SPOKEN_DURATION, text.trim());
  }
}
