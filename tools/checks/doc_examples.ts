import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Documents whose links and commands are checked. */
function documents(): string[] {
  const rooms = readdirSync("src").map((room) => `src/${room}/README.md`);
  return [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/embedding.md",
    "test/cluster/README.md",
    "test/e2e/README.md",
    ...rooms,
  ].filter((path) => existsSync(path));
}

/** Every relative link leads somewhere, and every `./knarr` or `npm run` command in a code block exists. */
export function docExamples(): string[] {
  const scripts = Object.keys((JSON.parse(readFileSync("package.json", "utf8")) as { scripts: object }).scripts);
  const commands = existsSync("src/cli/commands")
    ? readdirSync("src/cli/commands").map((name) => name.replace(/\.ts$/, ""))
    : [];
  return documents().flatMap((path) => {
    const text = readFileSync(path, "utf8");
    const links = Array.from(text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g), (match) => match[1] ?? "")
      .filter((link) => !existsSync(join(dirname(path), link)))
      .map((link) => `${path}: the link ${link} leads nowhere`);
    const knarr = Array.from(text.matchAll(/(?:^|\n|\$ )\.\/knarr ([a-z-]+)/g), (match) => match[1] ?? "")
      .filter((command) => !commands.includes(command.replaceAll("-", "_")))
      .map((command) => `${path}: there is no command "knarr ${command}"`);
    const npm = Array.from(text.matchAll(/npm run ([a-z:-]+)/g), (match) => match[1] ?? "")
      .filter((script) => !scripts.includes(script))
      .map((script) => `${path}: package.json has no script "${script}"`);
    return [...links, ...knarr, ...npm];
  });
}
