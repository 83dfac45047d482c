import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "./compile.ts";
import { Run } from "./run.ts";
import { showValue } from "./show_value.ts";

/** What an expression without variables gives, or how it fails to compile. */
function evaluated(source: string): string {
  const compiled = compile(source, new Map());
  if ("problems" in compiled) return compiled.problems;
  if ("constant" in compiled) return `constant: ${compiled.constant}`;
  return showValue(compiled.program.evaluate({}, new Run(1_000_000)));
}

const TIME = "timestamp('2024-02-29T23:59:58.123Z')";

const cases: readonly (readonly [source: string, value: string])[] = [
  // Texts.
  ["['tacocat'.charAt(3), 'a😀b'.charAt(1), 'ab'.charAt(2)]", `["o", "😀", ""]`],
  ["'ab'.charAt(3)", "error: index out of range: 3"],
  ["['hello mellow'.indexOf('ello', 2), 'a😀b'.indexOf('b'), 'x'.indexOf('y'), 'ab'.indexOf('')]", "[7, 2, -1, 0]"],
  ["['hello mellow'.lastIndexOf('ello'), 'hello mellow'.lastIndexOf('ello', 6), 'a😀b'.lastIndexOf('b')]", "[7, 1, 2]"],
  ["'ab'.indexOf('b', -1)", "error: index out of range: -1"],
  ["'TacoÉ'.lowerAscii() + 'tacoé'.upperAscii()", `"tacoÉTACOé"`],
  [
    "['a-b-c'.replace('-', '+'), 'a-b-c'.replace('-', '+', 1), 'ab'.replace('', '_'), 'ab'.replace('', '_', 2)]",
    `["a+b+c", "a+b-c", "_a_b_", "_a_b"]`,
  ],
  [
    "['a,b,c'.split(','), 'a,b,c'.split(',', 2), 'ab'.split(''), 'a,b'.split(',', 0), ''.split(',')]",
    `[["a", "b", "c"], ["a", "b,c"], ["a", "b"], [], [""]]`,
  ],
  ["['tacocat'.substring(4), 'tacocat'.substring(0, 4), 'a😀b'.substring(1, 2)]", `["cat", "taco", "😀"]`],
  ["'ab'.substring(1, 0)", "error: invalid substring range. start: 1, end: 0"],
  ["'ab'.substring(3)", "error: index out of range: 3"],
  ["' \\t a b\\u3000'.trim()", `"a b"`],
  ["['a', 'b'].join() + ['a', 'b'].join(', ')", `"aba, b"`],
  [`strings.quote("a\\"b\\n")`, `"\\"a\\\\\\"b\\\\n\\""`],
  [
    "'abc'.reverse()",
    "ERROR: <input>:1:14: found no matching overload for 'reverse' applied to 'string.()'\n | 'abc'.reverse()\n | .............^",
  ],
  // Formatting.
  ["'%s|%s|%s|%s'.format(['a', 1, 1.5, true])", `"a|1|1.5|true"`],
  ["'%s %s'.format([[1, 'x', null], {'b': 2, 'a': [1.0]}])", `"[1, \\"x\\", null] {\\"a\\":[1.000000], \\"b\\":2}"`],
  ["'%d %x %X %o %b %%'.format([10, 255, 'hi', 8, 5u])", `"10 ff 6869 10 101 %"`],
  ["'%.2f %f %.1e'.format([1234.567, 0.5, 12345.0])", `"1,234.57 0.500000 1.2×10⁰⁴"`],
  ["'%s %s %s'.format([duration('90s'), timestamp('2024-01-01T00:00:00Z'), int])", `"90s 2024-01-01T00:00:00Z int"`],
  [
    "'%d'.format(['a'])",
    "error: error during formatting: decimal clause can only be used on integers, was given string",
  ],
  ["'%s'.format([])", "error: index 0 out of range"],
  // Lists.
  ["[[1, 2].isSorted(), ['b', 'a'].isSorted(), [duration('1s'), duration('1s')].isSorted()]", "[true, false, true]"],
  ["[1, 2, 3].sum() + [4].max() + [7, 5].min()", "15"],
  ["[1.5, 2.0].sum()", "3.5"],
  ["[duration('1s'), duration('2s')].sum()", "duration(3s)"],
  ["dyn([]).sum() == 0", "true"],
  ["dyn([1.0, 2.0]).sum()", "3.0"],
  ["['a', 'c', 'b'].max() + ['b', 'a'].min()", `"ca"`],
  ["dyn([]).max() == 0", "error: max called on empty list"],
  ["[[1, 2, 2].indexOf(2), [1, 2, 2].lastIndexOf(2), [1].indexOf(3)]", "[1, 2, -1]"],
  ["[1, 2, 3, 4].slice(1, 3)", "[2, 3]"],
  ["[1].slice(0, 2)", "error: cannot slice(0, 2), list is length 1"],
  ["[[1, 2], [3]].flatten()", "[1, 2, 3]"],
  ["[[[1]], [[2, 3]]].flatten(2)", "[1, 2, 3]"],
  ["lists.range(3).reverse()", "[2, 1, 0]"],
  ["[3, 1, 2].sort() + ['b', 'a'].sort().map(x, x.size())", "[1, 2, 3, 1, 1]"],
  ["[{'n': 2}, {'n': 1}].sortBy(e, e.n)", `[{"n": 1}, {"n": 2}]`],
  ["[1, 2, 1, 3, 2].distinct()", "[1, 2, 3]"],
  // Sets.
  ["sets.contains([1, 2, 3], [2, 3]) && !sets.contains([1], [2])", "true"],
  ["sets.equivalent([1, 1, 2], [2, 1]) && !sets.equivalent([1], [1, 2])", "true"],
  ["sets.intersects([1, 2], [2, 5]) && !sets.intersects([], [1])", "true"],
  // Patterns.
  ["'abc 123'.find('[0-9]+') + '|' + 'abc'.find('[0-9]+')", `"123|"`],
  [
    "['1 2 3'.findAll('[0-9]'), '1 2 3'.findAll('[0-9]', 2), 'x'.findAll('[0-9]')]",
    `[["1", "2", "3"], ["1", "2"], []]`,
  ],
  ["'a'.find('[')", "constant: error parsing regexp: missing closing ]: `[`"],
  // URLs.
  ["url('https://u:p@Example.com:80/a%20b/c?x=1&x=2&y').getHost()", `"Example.com:80"`],
  [
    "url('HTTPS://[::1]:80/').getHostname() + url('https://[::1]:80/').getPort() + url('HTTP://a/').getScheme()",
    `"::180http"`,
  ],
  ["url('https://a/with space').getEscapedPath() + url('/x').getScheme()", `"/with%20space"`],
  ["url('https://a/?k=v%20w&k=2').getQuery()", `{"k": ["v w", "2"]}`],
  ["url('https://a/b') == url('https://a/b') && url('https://a/b') != url('https://a/c')", "true"],
  [
    "isURL('https://a.b:80/path') && isURL('/path') && !isURL('a.b') && !isURL('../up') && !isURL('https://a:b/')",
    "true",
  ],
  ["url(':x')", `error: URL parse error during conversion from string: parse ":x": missing protocol scheme`],
  ["isURL('mailto:a@b.c') && url('mailto:a@b.c').getHost() == ''", "true"],
  // Quantities.
  ["quantity('1.5Gi').isGreaterThan(quantity('1500M')) && quantity('200M').compareTo(quantity('0.2G')) == 0", "true"],
  ["quantity('50k').add(20) == quantity('50020') && quantity('50k').sub(quantity('1k')) == quantity('49k')", "true"],
  [
    "[quantity('50000000G').isInteger(), quantity('1.5').isInteger(), isQuantity('1.3Ti'), isQuantity('200Q')]",
    "[true, false, true, false]",
  ],
  ["[quantity('50k').asInteger(), sign(quantity('-1'))]", "[50000, -1]"],
  ["quantity('1.5').asInteger()", "error: cannot convert value to integer"],
  ["quantity('50.703k').asApproximateFloat()", "50703.0"],
  [
    "quantity('ten')",
    "error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  // Addresses.
  [
    "[isIP('10.0.0.1'), isIP('::ffff:1.2.3.4'), isIP('10.0.0.01'), isIP('fe80::1%eth0')]",
    "[true, false, false, false]",
  ],
  ["[ip('10.0.0.1').family(), ip('::1').family()]", "[4, 6]"],
  [
    "ip('127.0.0.1').isLoopback() && ip('224.0.0.1').isLinkLocalMulticast() && ip('fe80::1').isLinkLocalUnicast()",
    "true",
  ],
  [
    "ip('10.0.0.1').isGlobalUnicast() && ip('0.0.0.0').isUnspecified() && !ip('255.255.255.255').isGlobalUnicast()",
    "true",
  ],
  [
    "ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:DB8::1') && string(ip('2001:db8:0::1')) == '2001:db8::1'",
    "true",
  ],
  ["type(ip('::1')) == net.IP && type(cidr('::/0')) == net.CIDR && type(quantity('1')) == kubernetes.Quantity", "true"],
  ["ip('1::0:2:0:0:0:3') == ip('1:0:0:2::3')", "true"],
  ["ip('::ffff:1.2.3.4')", `error: IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed`],
  ["cidr('192.168.0.0/24').containsIP('192.168.0.7') && !cidr('192.168.0.0/24').containsIP(ip('192.168.1.7'))", "true"],
  ["cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))", "true"],
  ["[string(cidr('10.1.2.3/16').masked()), string(cidr('10.1.2.3/16').ip())]", `["10.1.0.0/16", "10.1.2.3"]`],
  ["cidr('2001:db8::/32').prefixLength()", "32"],
  ["[isCIDR('10.0.0.0/33'), isCIDR('10.0.0.0'), isCIDR('::/0')]", "[false, false, true]"],
  // Formats.
  ["format.dns1123Label().validate('a-b').hasValue()", "false"],
  ["format.named('uuid').value().validate('x').value()", `["does not match the UUID format"]`],
  ["format.named('none').hasValue()", "false"],
  ["format.dns1123LabelPrefix().validate('a-').hasValue() || format.date().validate('2021-02-30').hasValue()", "true"],
  ["!format.uri().validate('https://a.b').hasValue() && format.byte().validate('a').hasValue()", "true"],
  [
    "!format.datetime().validate('2021-01-01T00:00:00Z').hasValue() && !format.labelValue().validate('').hasValue()",
    "true",
  ],
  // Versions.
  ["semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-alpha.1').isLessThan(semver('1.0.0'))", "true"],
  [
    "[semver('1.2.3+b').major(), semver('1.2.3').minor(), semver('1.2.3').patch(), semver('1.0.0').compareTo(semver('1.0.0-a'))]",
    "[1, 2, 3, 1]",
  ],
  [
    "[isSemver('1.2'), isSemver('v1.2', true), isSemver('01.2.3'), isSemver('01.2.3', true)]",
    "[false, true, false, true]",
  ],
  ["semver('1.0.0+a') == semver('1.0.0+b')", "true"],
  // Times.
  [
    `[${TIME}.getFullYear(), ${TIME}.getMonth(), ${TIME}.getDate(), ${TIME}.getDayOfMonth(), ${TIME}.getDayOfWeek(), ${TIME}.getDayOfYear()]`,
    "[2024, 1, 29, 28, 4, 59]",
  ],
  [`[${TIME}.getHours(), ${TIME}.getMinutes(), ${TIME}.getSeconds(), ${TIME}.getMilliseconds()]`, "[23, 59, 58, 123]"],
  [`[${TIME}.getDate('+02:00'), ${TIME}.getHours('-05:30'), ${TIME}.getHours('Europe/Berlin')]`, "[1, 18, 0]"],
  [`${TIME}.getHours('Nowhere/Town')`, "error: unknown time zone Nowhere/Town"],
  [
    "[duration('90m').getHours(), duration('90m').getMinutes(), duration('1.5s').getSeconds(), duration('1.5s').getMilliseconds()]",
    "[1, 90, 1, 1500]",
  ],
];

for (const [source, value] of cases) {
  test(`${source} is ${value}`, () => assert.equal(evaluated(source), value));
}
