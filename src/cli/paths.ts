import { CommandFailure } from "./failure.ts";

/** Where one cluster keeps its things on this machine. All paths are absolute. */
export interface ClusterPaths {
  readonly name: string;
  /** Everything below is ours alone; `down --purge` removes it whole. */
  readonly data: string;
  /** What exists only while the cluster runs: state, locks, sockets. */
  readonly run: string;
  /** The running process's account of itself (state.ts). */
  readonly state: string;
  readonly log: string;
  readonly kubeconfig: string;
  readonly pki: string;
  readonly store: string;
  /** The node's containerd, pods and volumes. */
  readonly node: string;
  /** The image builder's storage. */
  readonly build: string;
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/;

/**
 * The paths of the cluster called `name`: below `dataDir` when given, else `/var/lib/knarr/NAME` for root and
 * `$XDG_DATA_HOME/knarr/NAME` for others.
 *
 * @throws {CommandFailure} If the name is not a DNS label of at most 32 characters.
 */
export function clusterPaths(
  name: string,
  options: {
    readonly dataDir?: string | undefined;
    readonly isRoot: boolean;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): ClusterPaths {
  if (!NAME.test(name)) {
    throw new CommandFailure(
      `"${name}" cannot name a cluster`,
      'Use at most 32 lower case letters, digits and "-": dev',
    );
  }
  const home = options.env["XDG_DATA_HOME"] ?? `${options.env["HOME"] ?? "/root"}/.local/share`;
  const data = options.dataDir ?? (options.isRoot ? `/var/lib/knarr/${name}` : `${home}/knarr/${name}`);
  return {
    name,
    data,
    run: `${data}/run`,
    state: `${data}/run/state.json`,
    log: `${data}/log/knarr.log`,
    kubeconfig: `${data}/kubeconfig`,
    pki: `${data}/pki`,
    store: `${data}/store`,
    node: `${data}/node`,
    build: `${data}/build`,
  };
}
