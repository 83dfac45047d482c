import type { ContainerTarget, NodeConnections } from "#apiserver/node_connection.ts";

/** The connections of the nodes of this process, which come later than the API server that uses them. */
export class NodeDirectory implements NodeConnections {
  readonly #nodes = new Map<string, NodeConnections>();

  connect(nodeName: string, node: NodeConnections): void {
    this.#nodes.set(nodeName, node);
  }

  disconnect(nodeName: string): void {
    this.#nodes.delete(nodeName);
  }

  logs: NodeConnections["logs"] = (target, ...rest) => this.#nodeOf(target).logs(target, ...rest);
  exec: NodeConnections["exec"] = (target, ...rest) => this.#nodeOf(target).exec(target, ...rest);
  attach: NodeConnections["attach"] = (target, ...rest) => this.#nodeOf(target).attach(target, ...rest);
  portForward: NodeConnections["portForward"] = (target, ...rest) => this.#nodeOf(target).portForward(target, ...rest);
  usage: NodeConnections["usage"] = (target) => this.#nodeOf(target).usage(target);

  #nodeOf({ nodeName }: Pick<ContainerTarget, "nodeName">): NodeConnections {
    const node = this.#nodes.get(nodeName);
    if (node === undefined) throw new Error(`the node ${nodeName} is not connected`);
    return node;
  }
}
