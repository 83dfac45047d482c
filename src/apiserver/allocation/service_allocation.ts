import type { Random } from "#base/random.ts";
import { Service } from "#api/core/service.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { invalidError, type FieldError } from "#api/schema/errors.ts";
import { validateServiceIps } from "#api/validation/service.ts";
import type { Store } from "#store/store.ts";
import { storageKey } from "../object_codec.ts";
import { StatusError, invalid } from "../status_error.ts";
import { AddressRange } from "./address_range.ts";
import { Claims, claimsOf } from "./claims.ts";
import {
  carryOver,
  fillFamilies,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
  pairAddresses,
} from "./service_fields.ts";

/** What Services are given addresses and ports from. */
export interface ServiceNetwork {
  /** For example `10.96.0.0/16`. */
  readonly cidr: string;
  readonly nodePortMin: number;
  readonly nodePortMax: number;
  /** Addresses kept for one Service each, by address: `namespace/name`. */
  readonly reserved: Readonly<Record<string, string>>;
  /** Whether no other program on the machine has the port. Absent: nobody asks. */
  portIsFree?(port: number): Promise<boolean>;
}

export const DEFAULT_SERVICE_NETWORK: ServiceNetwork = {
  cidr: "10.96.0.0/16",
  nodePortMin: 30_000,
  nodePortMax: 32_767,
  reserved: { "10.96.0.1": "default/kubernetes", "10.96.0.10": "kube-system/kube-dns" },
};

/** Ports left to those who choose, until the rest is full (KEP-3668). */
const LOW_PORTS = 86;

/** Gives Services their addresses and node ports, each to one at a time. */
export class ServiceAllocation {
  readonly #network: ServiceNetwork;
  readonly #range: AddressRange;
  readonly #claims: Claims;
  readonly #random: Random;

  constructor(store: Store, network: ServiceNetwork, random: Random) {
    this.#network = network;
    this.#range = new AddressRange(network.cidr);
    this.#claims = new Claims(store);
    this.#random = random;
  }

  /**
   * Completes a Service that is about to be written, in place, and holds what it was given.
   *
   * @returns To be called when the write is done or has failed; undefined for other kinds.
   * @throws {StatusError} 422 when something asked for cannot be had, 500 when nothing is left.
   */
  async reserve(
    kind: AnyKind,
    object: KubeObject,
    previous: KubeObject | undefined,
  ): Promise<(() => void) | undefined> {
    if (kind !== Service) return undefined;
    const service = object as unknown as Service;
    const before = previous as Service | undefined;
    if (before !== undefined) carryOver(service, before);
    const { namespace, name } = service.metadata;
    pairAddresses(service);
    const unreadable = validateServiceIps(service, before);
    if (unreadable.length > 0) throw invalid(kind, name, unreadable);
    const key = storageKey(kind, namespace, name);
    const busy = await this.#portsInUse(service, key);
    // Checked and held in one turn, so that no other write can come between.
    const errors = [
      ...fillFamilies(service),
      ...this.#addressErrors(service, key),
      ...this.#portErrors(service, key, busy),
    ];
    if (errors.length > 0) throw invalid(kind, name, errors);
    const releases = [this.#claims.reserve(claimsOf(service), key)];
    try {
      this.#giveAddress(service);
      await this.#givePorts(service, key, releases);
      releases.push(this.#claims.reserve(claimsOf(service), key));
    } catch (error) {
      for (const release of releases) release();
      throw error;
    }
    return () => {
      for (const release of releases) release();
    };
  }

  close(): void {
    this.#claims.close();
  }

  #isFreeAddress(address: string, key: string): boolean {
    const owner = this.#network.reserved[address];
    if (owner !== undefined && storageKey(Service, ...split(owner)) !== key) return false;
    const holder = this.#claims.holder(`ip ${address}`);
    return holder === undefined || holder === key;
  }

  #addressErrors(service: Service, key: string): FieldError[] {
    const { spec } = service;
    const asked = spec.clusterIPs?.[0] ?? "";
    if (asked === "" || asked === "None" || !needsClusterIp(service)) return [];
    const refuse = (why: string) => [
      invalidError("spec.clusterIPs", spec.clusterIPs, `failed to allocate IP ${asked}: ${why}`),
    ];
    if (!this.#range.contains(asked)) {
      return refuse(
        `the provided IP (${asked}) is not in the valid range. The range of valid IPs is ${this.#range.cidr}`,
      );
    }
    return this.#isFreeAddress(asked, key) ? [] : refuse("provided IP is already allocated");
  }

  /** The node ports asked for that no Service holds but another program on the machine does. */
  async #portsInUse(service: Service, key: string): Promise<ReadonlySet<number>> {
    const busy = new Set<number>();
    if (!needsNodePorts(service)) return busy;
    for (const { nodePort = 0 } of service.spec.ports ?? []) {
      if (nodePort === 0 || this.#claims.holder(`port ${nodePort}`) === key) continue;
      if (!(await this.#hostHasFree(nodePort))) busy.add(nodePort);
    }
    return busy;
  }

  #portErrors(service: Service, key: string, busy: ReadonlySet<number>): FieldError[] {
    if (!needsNodePorts(service)) return [];
    return (service.spec.ports ?? []).flatMap(({ nodePort = 0 }, index) => {
      const why = nodePort === 0 ? undefined : this.#portRefusal(nodePort, key, busy);
      return why === undefined ? [] : [invalidError(`spec.ports[${index}].nodePort`, nodePort, why)];
    });
  }

  #portRefusal(port: number, key: string, busy: ReadonlySet<number>): string | undefined {
    const { nodePortMin, nodePortMax } = this.#network;
    if (port < nodePortMin || port > nodePortMax) {
      return `provided port is not in the valid range. The range of valid ports is ${nodePortMin}-${nodePortMax}`;
    }
    const holder = this.#claims.holder(`port ${port}`);
    if (holder !== undefined && holder !== key) return "provided port is already allocated";
    return busy.has(port) ? "provided port is in use by another program on this machine" : undefined;
  }

  async #hostHasFree(port: number): Promise<boolean> {
    return (await this.#network.portIsFree?.(port)) ?? true;
  }

  #giveAddress(service: Service): void {
    const { spec } = service;
    if (!needsClusterIp(service) || (spec.clusterIP ?? "") !== "") return;
    const { namespace, name } = service.metadata;
    const own = Object.entries(this.#network.reserved).find(([, owner]) => owner === `${namespace}/${name}`)?.[0];
    const isFree = (address: string) => this.#isFreeAddress(address, "");
    const address = own ?? this.#range.pick(this.#random, isFree);
    if (address === undefined) throw exhausted("failed to allocate a serviceIP: range is full");
    spec.clusterIP = address;
    spec.clusterIPs = [address];
  }

  async #givePorts(service: Service, key: string, releases: (() => void)[]): Promise<void> {
    const { spec } = service;
    const given = new Map<string, number>();
    if (needsNodePorts(service)) {
      for (const port of spec.ports ?? []) {
        // One port of the Service number may be spoken over TCP and UDP: both get the same node port.
        const known = given.get(`${port.port} ${port.protocol === "TCP" ? "UDP" : "TCP"}`);
        port.nodePort ||= known ?? (await this.#pickPort(key, releases));
        given.set(`${port.port} ${port.protocol}`, port.nodePort);
      }
    }
    if (needsHealthCheckPort(service)) spec.healthCheckNodePort ||= await this.#pickPort(key, releases);
  }

  async #pickPort(key: string, releases: (() => void)[]): Promise<number> {
    const { nodePortMin, nodePortMax } = this.#network;
    const count = nodePortMax - nodePortMin + 1;
    const low = Math.min(LOW_PORTS, Math.floor(count / 2));
    const start = this.#random.below(count - low);
    for (let step = 0; step < count; step++) {
      const offset = step < count - low ? low + ((start + step) % (count - low)) : step - (count - low);
      const port = nodePortMin + offset;
      if (this.#claims.holder(`port ${port}`) !== undefined) continue;
      releases.push(this.#claims.reserve([`port ${port}`], key));
      if (await this.#hostHasFree(port)) return port;
    }
    throw exhausted("failed to allocate a nodePort: range is full");
  }
}

function split(owner: string): [namespace: string, name: string] {
  const [namespace = "", name = ""] = owner.split("/");
  return [namespace, name];
}

function exhausted(message: string): StatusError {
  return new StatusError(500, "InternalError", `Internal error occurred: ${message}`);
}
