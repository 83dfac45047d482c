import { Lease } from "#api/coordination/lease.ts";
import { Node } from "#api/core/node.ts";
import { readyStatus } from "#api/core/node_ready.ts";
import { formatMicroTime } from "#api/time.ts";
import type { Clock, Timer } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { isApiError, type Client } from "#client/client.ts";
import { semanticallyEqual } from "#client/equality.ts";
import type { EventRecorder, EventType } from "#client/events.ts";
import { nodeNews } from "./node_news.ts";
import { nodeStatus, withoutHeartbeats, type NodeFindings } from "./node_status.ts";

export interface NodeReporterOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly nodeName: string;
  readonly podCidr?: string | undefined;
  /** Labels of the node beside the well-known ones. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** How often the lease is renewed and the status looked at; kubelet's 10 s by default. */
  readonly heartbeatMs?: number | undefined;
  readonly find: () => Promise<NodeFindings>;
}

/** kubelet's defaults: how often the lease is renewed and the status looked at, and written though nothing changed. */
const HEARTBEAT_MS = 10_000;
const REPORT_MS = 300_000;
/** How many heartbeats may be missing before the lease is over. */
const LEASE_HEARTBEATS = 4;
const RETRY_MS = 1000;
const NAMESPACE = "kube-node-lease";

/** Registers the node and keeps the API convinced that it lives. */
export class NodeReporter {
  readonly #options: NodeReporterOptions;
  #node: Node | undefined;
  #lease: Lease | undefined;
  #writtenMs = -Infinity;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: NodeReporterOptions) {
    this.#options = options;
  }

  /** Resolves when the node is registered and its first status written. */
  async start(): Promise<void> {
    this.#node = await this.#register();
    const { nodeName } = this.#options;
    const before = readyStatus(this.#node);
    this.#tell("Normal", "Starting", "Starting kubelet.");
    await this.#report();
    // An agent that starts says how it stands, though that may be as before; what changes is told by the report.
    const now = readyStatus(this.#node);
    if (before === undefined || before === now) {
      const reason = now === "True" ? "NodeReady" : "NodeNotReady";
      this.#tell("Normal", reason, `Node ${nodeName} status is now: ${reason}`);
    }
    void this.#beat();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #tell(type: EventType, reason: string, message: string): void {
    const { nodeName, events } = this.#options;
    const about = { kind: "Node", name: nodeName, uid: nodeName, apiVersion: "v1" };
    events.eventOn(about, type, reason, message);
  }

  /** Looks at the machine now, and again later. */
  async #beat(): Promise<void> {
    let nextMs = this.#options.heartbeatMs ?? HEARTBEAT_MS;
    try {
      await this.#renew();
      await this.#report();
    } catch (error) {
      this.#options.log.warn("cannot report the node", { error });
      this.#node = undefined;
      this.#lease = undefined;
      nextMs = RETRY_MS;
    }
    if (!this.#stopped) this.#timer = this.#options.clock.after(nextMs, () => void this.#beat());
  }

  /** The node object, made if need be, with the labels and annotations it should have. */
  async #register(): Promise<Node> {
    const { client, nodeName: name, podCidr, find, annotations } = this.#options;
    const { machine } = await find();
    const labels = {
      "kubernetes.io/hostname": name,
      "kubernetes.io/os": "linux",
      "kubernetes.io/arch": machine.architecture,
      "beta.kubernetes.io/os": "linux",
      "beta.kubernetes.io/arch": machine.architecture,
      ...this.#options.labels,
    };
    try {
      const known = await client.get(Node, { name });
      const missing = lacks(known.metadata.labels, labels) || lacks(known.metadata.annotations, annotations);
      const lacksCidr = podCidr !== undefined && known.spec.podCIDR === undefined;
      if (!missing && !lacksCidr) return known;
      const body = {
        metadata: { labels, annotations },
        ...(lacksCidr && { spec: { podCIDR: podCidr, podCIDRs: [podCidr] } }),
      };
      return await client.patch(Node, { name }, { type: "merge", body });
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
      const spec = podCidr === undefined ? {} : { podCIDR: podCidr, podCIDRs: [podCidr] };
      return client.create(Node, { metadata: { name, labels, annotations }, spec });
    }
  }

  async #report(): Promise<void> {
    const { client, clock, find } = this.#options;
    this.#node ??= await this.#register();
    const findings = await find();
    for (let attempt = 0; ; attempt++) {
      try {
        const { name } = this.#node.metadata;
        // Others write the node too: a node that was silent for a while finds itself declared lost, and must object.
        const fresh: Node = await client.get(Node, { name });
        const status = nodeStatus(findings, fresh.status);
        const same = semanticallyEqual(withoutHeartbeats(status), withoutHeartbeats(fresh.status));
        if (same && clock.monotonic() - this.#writtenMs < REPORT_MS) return;
        this.#node = await client.updateStatus(Node, { ...fresh, status });
        this.#writtenMs = clock.monotonic();
        for (const { type, reason, message } of nodeNews(name, fresh.status, status)) this.#tell(type, reason, message);
        return;
      } catch (error) {
        if (!isApiError(error, "Conflict") || attempt >= 5) throw error;
      }
    }
  }

  async #renew(): Promise<void> {
    const { client, clock, nodeName: name } = this.#options;
    const renewTime = formatMicroTime(clock.now());
    if (this.#lease) {
      try {
        const spec = { ...this.#lease.spec, renewTime };
        this.#lease = await client.update(Lease, { ...this.#lease, spec });
        return;
      } catch (error) {
        if (!isApiError(error, "Conflict") && !isApiError(error, "NotFound")) throw error;
      }
    }
    const heartbeatMs = this.#options.heartbeatMs ?? HEARTBEAT_MS;
    const leaseDurationSeconds = Math.ceil((LEASE_HEARTBEATS * heartbeatMs) / 1000);
    const spec = { holderIdentity: name, leaseDurationSeconds, renewTime };
    try {
      const known = await client.get(Lease, { namespace: NAMESPACE, name });
      this.#lease = await client.update(Lease, { ...known, spec: { ...known.spec, ...spec } });
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
      const uid = this.#node?.metadata.uid;
      const ownerReferences = uid === undefined ? [] : [{ apiVersion: "v1", kind: "Node", name, uid }];
      this.#lease = await client.create(Lease, { metadata: { namespace: NAMESPACE, name, ownerReferences }, spec });
    }
  }
}

type Texts = Readonly<Record<string, string>>;

function lacks(present: Texts | undefined, wanted: Texts): boolean {
  return Object.entries(wanted).some(([key, value]) => present?.[key] !== value);
}
