/** Where one node's containerd lives and what it is called; every name on the machine derives from here. */
export interface ContainerdOptions {
  /** Cluster and node in one word of lower-case letters, digits and dashes, for example `dev` or `dev-2`. */
  readonly name: string;
  /** Everything of this node's runtime lies under it. Keep it short: a unix socket's path has 107 bytes at most. */
  readonly directory: string;
  /** The node's pod network, for example `10.244.0.0/24`. */
  readonly podCidr: string;
  /** The network namespace's file in which containerd and its pods' network live; absent is the machine's own. */
  readonly netnsPath?: string;
  /** Where the CNI plugins lie; Debian's place by default. */
  readonly cniPluginDirectory?: string;
}

/** Paths and names derived from the options. */
export interface ContainerdLayout {
  readonly socket: string;
  readonly config: string;
  readonly log: string;
  readonly pidFile: string;
  readonly cniConfig: string;
  readonly pauseArchive: string;
  /** The link all pods of the node are joined to. */
  readonly bridge: string;
  /** The name of the pods' network, under which CNI keeps its records. */
  readonly network: string;
  /** Parent of all cgroups of the node's pods; nobody but us removes it. */
  readonly cgroup: string;
}

/** The pause image's reference in every node. */
export const PAUSE_IMAGE = "knarr.local/pause:1";

/** Kernel limit on the length of a link's name (IFNAMSIZ less the final zero). */
const LINK_NAME_LENGTH_MAX = 15;

export function layoutOf({ name, directory }: ContainerdOptions): ContainerdLayout {
  return {
    socket: `${directory}/containerd.sock`,
    config: `${directory}/containerd.toml`,
    log: `${directory}/containerd.log`,
    pidFile: `${directory}/containerd.pid`,
    cniConfig: `${directory}/cni/net.d/10-pods.conflist`,
    pauseArchive: `${directory}/pause.tar`,
    bridge: bridgeName(name),
    network: `knarr-${name}`,
    cgroup: `/knarr-${name}`,
  };
}

/** `kn-NAME`, or when that is too long its beginning and a hash, so that long names with one beginning differ. */
export function bridgeName(name: string): string {
  const plain = `kn-${name}`;
  if (plain.length <= LINK_NAME_LENGTH_MAX) return plain;
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  return `${plain.slice(0, LINK_NAME_LENGTH_MAX - 6)}${hash.toString(36).padStart(6, "0").slice(-6)}`;
}

/** containerd's configuration (version 2, read by 1.6 and 1.7). */
export function containerdToml(options: ContainerdOptions): string {
  const { directory } = options;
  const text = (value: string): string => JSON.stringify(value);
  return `version = 2
root = ${text(`${directory}/root`)}
state = ${text(`${directory}/state`)}
disabled_plugins = [${["btrfs", "zfs", "devmapper", "aufs"].map((kind) => text(`io.containerd.snapshotter.v1.${kind}`)).join(", ")}]

[grpc]
  address = ${text(layoutOf(options).socket)}

[plugins."io.containerd.internal.v1.opt"]
  path = ${text(`${directory}/opt`)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(PAUSE_IMAGE)}
  # Without the capability SYS_RESOURCE a negative oom_score_adj is refused and no sandbox would start.
  restrict_oom_score_adj = true
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  # As Docker: whoever a container runs as may listen on port 80 of its own pod, and ping.
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(options.cniPluginDirectory ?? "/usr/lib/cni")}
    conf_dir = ${text(`${directory}/cni/net.d`)}

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${text(`${directory}/certs.d`)}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
}

/** The pods' network: one bridge per node. Neither portmap nor ipMasq: address translation has one writer, the proxy. */
export function cniConfig(options: ContainerdOptions): string {
  const ipam = {
    type: "host-local",
    dataDir: `${options.directory}/cni/ipam`,
    ranges: [[{ subnet: options.podCidr }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  const bridge = {
    type: "bridge",
    bridge: bridgeName(options.name),
    isGateway: true,
    ipMasq: false,
    hairpinMode: true,
    ipam,
  };
  return `${JSON.stringify({ cniVersion: "1.0.0", name: layoutOf(options).network, plugins: [bridge] }, null, 2)}\n`;
}
