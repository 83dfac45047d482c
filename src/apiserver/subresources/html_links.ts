/** Where in a page links stand, by element (apimachinery util/proxy/transport.go). */
const LINKS: Readonly<Record<string, readonly string[]>> = {
  a: ["href"],
  area: ["href"],
  audio: ["src"],
  base: ["href"],
  blockquote: ["cite"],
  body: ["background"],
  button: ["formaction"],
  command: ["icon"],
  del: ["cite"],
  embed: ["src"],
  form: ["action"],
  frame: ["longdesc", "src"],
  head: ["profile"],
  html: ["manifest"],
  iframe: ["longdesc", "src"],
  img: ["longdesc", "src", "usemap"],
  input: ["src", "usemap", "formaction"],
  ins: ["cite"],
  link: ["href"],
  object: ["classid", "codebase", "data", "usemap"],
  q: ["cite"],
  script: ["src"],
  source: ["src"],
  video: ["poster", "src"],
};
const TAG = /<([a-z]+)(\s[^<>]*)>/gi;
const ATTRIBUTE = /(\s)([a-z]+)(\s*=\s*)("[^"]*"|'[^']*')/gi;

/** A page with its links to paths of its server leading through `prefix`, as the page is reached through it. */
export function withPrefixedLinks(html: string, prefix: string): string {
  return html.replaceAll(TAG, (tag, element: string, attributes: string) => {
    const names = LINKS[element.toLowerCase()];
    if (names === undefined) return tag;
    const changed = attributes.replaceAll(
      ATTRIBUTE,
      (whole, space: string, name: string, is: string, value: string) => {
        if (!names.includes(name.toLowerCase())) return whole;
        const quote = value[0] ?? "";
        return `${space}${name}${is}${quote}${prefixedLink(value.slice(1, -1), prefix)}${quote}`;
      },
    );
    return `<${element}${changed}>`;
  });
}

/** A link as it must be to lead to the same place; those elsewhere, and those from where the page is, stay. */
export function prefixedLink(link: string, prefix: string): string {
  if (!link.startsWith("/") || link.startsWith("//") || link.startsWith(prefix)) return link;
  return `${prefix}${link}`;
}
