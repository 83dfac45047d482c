import type { ContainerTarget, NodeConnections } from "#apiserver/node_connection.ts";

/** The way to the nodes: those of this process, which come later than the API server that uses them, and others. */
export class NodeDirectory implements NodeConnections {
  readonly #nodes = new Map<string, NodeConnections>();
  #elsewhere: (nodeName: string) => NodeConnections | undefined = () => undefined;

  connect(nodeName: string, node: NodeConnections): void {
    this.#nodes.set(nodeName, node);
  }

  disconnect(nodeName: string): void {
    this.#nodes.delete(nodeName);
  }

  /** Where nodes of other processes are found, asked anew each time. */
  lookElsewhere(find: (nodeName: string) => NodeConnections | undefined): void {
    this.#elsewhere = find;
  }

  logs: NodeConnections["logs"] = (target, ...rest) => this.#nodeOf(target).logs(target, ...rest);
  exec: NodeConnections["exec"] = (target, ...rest) => this.#nodeOf(target).exec(target, ...rest);
  attach: NodeConnections["attach"] = (target, ...rest) => this.#nodeOf(target).attach(target, ...rest);
  portForward: NodeConnections["portForward"] = (target, ...rest) => this.#nodeOf(target).portForward(target, ...rest);
  serve: NodeConnections["serve"] = (target, request) => this.#nodeOf(target).serve(target, request);
  usage: NodeConnections["usage"] = (target) => this.#nodeOf(target).usage(target);

  #nodeOf({ nodeName }: Pick<ContainerTarget, "nodeName">): NodeConnections {
    const node = this.#nodes.get(nodeName) ?? this.#elsewhere(nodeName);
    if (node === undefined) throw new Error(`the node ${nodeName} is not connected`);
    return node;
  }
}
