/** An image's name taken apart. */
export interface ImageReference {
  /** With a tag or digest: `nginx` is `nginx:latest`. */
  readonly full: string;
  /** The registry's host, `docker.io` when none is named. */
  readonly registry: string;
  /** Registry and repository, without tag: `docker.io/library/nginx`. */
  readonly repository: string;
}

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const HOST =
  "(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?";
const TAG = "[\\w][\\w.-]{0,127}";
const DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
/** The distribution project's grammar of references. Its length is bounded before it is tried. */
const REFERENCE = new RegExp(`^((?:${HOST}/)?${COMPONENT}(?:/${COMPONENT})*)(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const LENGTH_MAX = 512;

/** Takes an image's name apart; undefined when it is none. */
export function parseImageReference(text: string): ImageReference | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  const [, name, tag, digest] = REFERENCE.exec(text) ?? [];
  if (name === undefined) return undefined;
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const hasHost = first.includes(".") || first.includes(":") || first === "localhost";
  if (!hasHost && name !== name.toLowerCase()) return undefined;
  const registry = hasHost ? first : "docker.io";
  const path = hasHost ? name.slice(slash + 1) : slash < 0 ? `library/${name}` : name;
  const full = tag || digest ? text : `${text}:latest`;
  return { full, registry, repository: `${registry}/${path}` };
}
