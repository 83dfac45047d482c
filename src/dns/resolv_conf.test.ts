import assert from "node:assert/strict";
import { test } from "node:test";
import { nameserversOf } from "./resolv_conf.ts";

test("nameserversOf() reads the servers in order and nothing else", () => {
  const text = "# made by hand\nsearch lan\nnameserver 192.0.2.1\n nameserver\t2001:db8::1\nnameserver fe80::1%eth0\n";
  assert.deepEqual(nameserversOf(text), [
    { address: "192.0.2.1", port: 53 },
    { address: "2001:db8::1", port: 53 },
  ]);
});
