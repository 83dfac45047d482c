import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as time from "./time.ts";

const CANONICAL: readonly (readonly [string, string])[] = [
  ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"],
  ["2026-01-02T03:04:05.999Z", "2026-01-02T03:04:05Z"],
  ["2026-01-02T03:04:05+02:30", "2026-01-02T00:34:05Z"],
  ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"],
];
const LAYOUT = "2006-01-02T15:04:05Z07:00";
const REFUSED: readonly (readonly [string, string])[] = [
  ["", `parsing time "" as "${LAYOUT}": cannot parse "" as "2006"`],
  ["x", `parsing time "x" as "${LAYOUT}": cannot parse "x" as "2006"`],
  ["2026-01-02", `parsing time "2026-01-02" as "${LAYOUT}": cannot parse "" as "T"`],
  ["2026-01-02T03:04:05", `parsing time "2026-01-02T03:04:05" as "${LAYOUT}": cannot parse "" as "Z07:00"`],
  ["2026-13-02T03:04:05Z", `parsing time "2026-13-02T03:04:05Z": month out of range`],
  ["2026-02-29T03:04:05Z", `parsing time "2026-02-29T03:04:05Z": day out of range`],
  ["2026-02-20T24:04:05Z", `parsing time "2026-02-20T24:04:05Z": hour out of range`],
  ["2026-02-20T03:04:05Zx", `parsing time "2026-02-20T03:04:05Zx": extra text: "x"`],
];

describe("time", () => {
  for (const [text, canonical] of CANONICAL) {
    it(`${text} is written ${canonical}`, () => assert.equal(time.canonicalTime(text), canonical));
  }
  for (const [text, message] of REFUSED) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => time.parseTime(text), { message }));
  }

  it("takes what is canonical as it is, and nothing else", () => {
    const outcome = (write: () => string) => {
      try {
        return write();
      } catch (error) {
        return String(error);
      }
    };
    const clocks = ["00:00:00", "23:59:59", "24:00:00", "12:60:00", "12:00:60", "1:00:00"];
    for (const year of ["0000", "0001", "1999", "2024", "9999"])
      for (const month of ["00", "01", "02", "11", "12", "13"])
        for (const day of ["00", "01", "19", "28", "29", "30", "31", "32"])
          for (const text of clocks.map((clock) => `${year}-${month}-${day}T${clock}`)) {
            const [seconds, micros] = [`${text}Z`, `${text}.000001Z`];
            const read = outcome(() => time.formatTime(time.parseTime(seconds)));
            assert.equal(
              outcome(() => time.canonicalTime(seconds)),
              read,
            );
            const readMicros = outcome(() => time.formatMicroTime(time.parseMicroTime(micros)));
            // Far from 1970 a number has no room for microseconds: there only what is taken as it is keeps them.
            if (year === "1999" || year === "2024")
              assert.equal(
                outcome(() => time.canonicalMicroTime(micros)),
                readMicros,
              );
          }
  });

  it("keeps microseconds", () => {
    assert.equal(time.canonicalMicroTime("2026-01-02T03:04:05.123457+01:00"), "2026-01-02T02:04:05.123457Z");
    assert.equal(time.formatMicroTime(1.234), "1970-01-01T00:00:00.001234Z");
    const layout = "2006-01-02T15:04:05.000000Z07:00";
    assert.throws(() => time.parseMicroTime("2026-01-02T03:04:05Z"), {
      message: `parsing time "2026-01-02T03:04:05Z" as "${layout}": cannot parse "Z" as ".000000"`,
    });
  });
});
