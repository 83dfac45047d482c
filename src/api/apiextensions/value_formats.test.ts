import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCheck } from "./value_formats.ts";

const cases: Readonly<Record<string, { readonly good: string[]; readonly bad: string[] }>> = {
  ipv4: { good: ["10.0.0.1"], bad: ["10.0.0", "::1", "010.0.0.1"] },
  ipv6: { good: ["::1", "2001:db8::ffff"], bad: ["10.0.0.1", "1::2::3"] },
  cidr: { good: ["10.0.0.0/8", "fd00::/64"], bad: ["10.0.0.0", "10.0.0.0/33"] },
  uuid: { good: ["F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"], bad: ["f81d4fae-7dec-11d0-a765"] },
  uuid4: { good: ["16fd2706-8baf-433b-82eb-8c7fada847da"], bad: ["16fd2706-8baf-133b-82eb-8c7fada847da"] },
  date: { good: ["2024-02-29"], bad: ["2023-02-29", "2024-2-9"] },
  "date-time": { good: ["2014-12-15T19:30:20.000Z", "2014-12-15T19:30:20+01:00"], bad: ["2014-12-15", "now"] },
  duration: { good: ["1h30m", "22 ns", "3 days"], bad: ["soon"] },
  byte: { good: ["", "YWI="], bad: ["YWI", "%"] },
  hostname: { good: ["a.example.com"], bad: ["-a", "a..b"] },
  mac: { good: ["01:23:45:67:89:ab"], bad: ["01:23:45"] },
  email: { good: ["a@example.com"], bad: ["a"] },
  uri: { good: ["https://example.com/x", "/x"], bad: ["x y", "x"] },
  isbn: { good: ["0321751043", "978-0321751041"], bad: ["0321751044"] },
  creditcard: { good: ["4111-1111-1111-1111"], bad: ["4111111111111112"] },
  hexcolor: { good: ["#FFF", "ffffff"], bad: ["#ff"] },
  rgbcolor: { good: ["rgb(255,0,10)"], bad: ["rgb(256,0,0)"] },
  ssn: { good: ["111-11-1111"], bad: ["1111"] },
  "k8s-short-name": { good: ["a-b"], bad: ["A", "a.b"] },
  "k8s-long-name": { good: ["a.b"], bad: ["a_b"] },
};
for (const [format, { good, bad }] of Object.entries(cases)) {
  test(`${format} is told from other texts`, () => {
    const check = formatCheck(format);
    assert.deepEqual(
      good.map((text) => check?.(text)),
      good.map(() => true),
    );
    assert.deepEqual(
      bad.map((text) => check?.(text)),
      bad.map(() => false),
    );
  });
}
