/**
 * The full form of an image name, as the container runtime keeps it: `hello:v1` is
 * `docker.io/library/hello:v1`, `080196/hello-app` is `docker.io/080196/hello-app:latest`.
 *
 * Source: distribution/reference, familiar names.
 */
export function fullReference(name: string): string {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const hasRegistry = first.includes(".") || first.includes(":") || first === "localhost";
  const path = hasRegistry ? name : `docker.io/${slash < 0 ? "library/" : ""}${name}`;
  const last = path.slice(path.lastIndexOf("/"));
  return last.includes(":") || last.includes("@") ? path : `${path}:latest`;
}
