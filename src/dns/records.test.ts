import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResourceRecord } from "dns-packet";
import { answerOf, type ZoneAnswer } from "./records.ts";
import { testNames, ZONE } from "./testing.ts";

const names = testNames();

/** An answer in one line: `NXDOMAIN`, or each record's type and data. */
function shown(answer: ZoneAnswer | undefined): string {
  if (answer === undefined) return "elsewhere";
  if (!answer.exists) return "NXDOMAIN";
  const records = [...answer.answers.map(recordText), ...answer.additionals.map((each) => `+ ${recordText(each)}`)];
  return records.join(", ") || "NOERROR";
}

function recordText(record: ResourceRecord): string {
  if (record.type === "SRV") return `SRV ${record.data.port} ${record.data.target}`;
  return record.type === "SOA" ? "SOA" : `${record.type} ${record.data}`;
}

const cases: readonly (readonly [question: string, type: string, want: string])[] = [
  ["web.default.svc.cluster.local", "A", "A 10.96.0.7"],
  ["WEB.Default.SVC.cluster.LOCAL", "A", "A 10.96.0.7"],
  ["web.default.svc.cluster.local", "AAAA", "NOERROR"],
  ["web.default.svc.cluster.local", "TXT", "NOERROR"],
  ["nothing.default.svc.cluster.local", "A", "NXDOMAIN"],
  ["nothing.default.svc.cluster.local", "AAAA", "NXDOMAIN"],
  ["web.other.svc.cluster.local", "A", "NXDOMAIN"],
  ["_http._tcp.web.default.svc.cluster.local", "SRV", "SRV 80 web.default.svc.cluster.local, + A 10.96.0.7"],
  ["_http._udp.web.default.svc.cluster.local", "SRV", "NXDOMAIN"],
  ["_nope._tcp.web.default.svc.cluster.local", "SRV", "NXDOMAIN"],
  ["_tcp.web.default.svc.cluster.local", "SRV", "NOERROR"],
  ["a._http._tcp.web.default.svc.cluster.local", "SRV", "NXDOMAIN"],
  ["db.default.svc.cluster.local", "A", "A 10.244.0.3, A 10.244.0.4"],
  ["db-0.db.default.svc.cluster.local", "A", "A 10.244.0.3"],
  ["10-244-0-4.db.default.svc.cluster.local", "A", "A 10.244.0.4"],
  ["10-244-0-5.db.default.svc.cluster.local", "A", "NXDOMAIN"],
  [
    "_sql._tcp.db.default.svc.cluster.local",
    "SRV",
    "SRV 5432 db-0.db.default.svc.cluster.local, SRV 5432 10-244-0-4.db.default.svc.cluster.local, " +
      "+ A 10.244.0.3, + A 10.244.0.4",
  ],
  ["empty.default.svc.cluster.local", "A", "NXDOMAIN"],
  ["out.default.svc.cluster.local", "A", "CNAME example.org"],
  ["out.default.svc.cluster.local", "CNAME", "CNAME example.org"],
  ["a.out.default.svc.cluster.local", "A", "NXDOMAIN"],
  ["10-1-2-3.default.pod.cluster.local", "A", "A 10.1.2.3"],
  ["10-1-2-300.default.pod.cluster.local", "A", "NXDOMAIN"],
  ["10-1-2-3.other.pod.cluster.local", "A", "NXDOMAIN"],
  ["a.10-1-2-3.default.pod.cluster.local", "A", "NXDOMAIN"],
  ["cluster.local", "A", "NOERROR"],
  ["svc.cluster.local", "A", "NOERROR"],
  ["default.svc.cluster.local", "A", "NOERROR"],
  ["dns-version.cluster.local", "TXT", "TXT 1.1.0"],
  ["nothing.cluster.local", "A", "NXDOMAIN"],
  ["example.org.default.svc.cluster.local", "A", "NXDOMAIN"],
  ["__proto__.default.svc.cluster.local", "A", "NXDOMAIN"],
  ["7.0.96.10.in-addr.arpa", "PTR", "PTR web.default.svc.cluster.local"],
  ["3.0.244.10.in-addr.arpa", "PTR", "PTR db-0.db.default.svc.cluster.local"],
  ["4.0.244.10.in-addr.arpa", "PTR", "PTR 10-244-0-4.db.default.svc.cluster.local"],
  ["5.0.244.10.in-addr.arpa", "PTR", "NXDOMAIN"],
  ["9.9.96.10.in-addr.arpa", "PTR", "NXDOMAIN"],
  ["8.8.8.8.in-addr.arpa", "PTR", "elsewhere"],
  ["example.org", "A", "elsewhere"],
  ["mycluster.local", "A", "elsewhere"],
];

for (const [name, type, want] of cases) {
  test(`answerOf() ${type} of ${name} is ${want}`, () => {
    assert.equal(shown(answerOf({ name, type, class: "IN" }, ZONE, names)), want);
  });
}

test("answerOf() keeps the name as it was asked and says how long it holds", () => {
  const answer = answerOf({ name: "Web.default.svc.cluster.local", type: "A" }, ZONE, names);
  assert.deepEqual(answer?.answers, [{ type: "A", name: "Web.default.svc.cluster.local", ttl: 5, data: "10.96.0.7" }]);
});
