import type { Pod } from "#api/core/pod.ts";
import { LABELS } from "./pod_names.ts";
import type { Container } from "./runtime.ts";

/** Where a node keeps what belongs to its pods, below one data directory. */
export class NodePaths {
  readonly dataDir: string;

  constructor(dataDir: string) {
    this.dataDir = dataDir;
  }

  /** The logs of one pod; the runtime writes below it. */
  logDirectory({ metadata }: { readonly metadata: Pick<Pod["metadata"], "namespace" | "name" | "uid"> }): string {
    const { namespace, name, uid } = metadata;
    return `${this.dataDir}/pods/${namespace}_${name}_${uid}`;
  }

  /** Where a container's log must be that is only known from a list. */
  logOfListed({ name: container, attempt, labels }: Container): string {
    const { [LABELS.podNamespace]: namespace = "", [LABELS.podName]: name = "", [LABELS.podUid]: uid = "" } = labels;
    return `${this.logDirectory({ metadata: { namespace, name, uid } })}/${this.logFile(container, attempt)}`;
  }

  /** A container's log file, relative to the pod's log directory. */
  logFile(container: string, attempt: number): string {
    return `${container}/${attempt}.log`;
  }

  get podsDirectory(): string {
    return `${this.dataDir}/pod-data`;
  }

  /** Everything of one pod but its logs. */
  podDirectory(uid: string): string {
    return `${this.podsDirectory}/${uid}`;
  }

  volume(uid: string, volume: string): string {
    return `${this.podDirectory(uid)}/volumes/${volume}`;
  }

  /** Volumes that outlive their pods. */
  get localVolumesDirectory(): string {
    return `${this.dataDir}/local-volumes`;
  }

  /** The directory of a persistent volume of this node. */
  localVolume(name: string): string {
    return `${this.localVolumesDirectory}/${name}`;
  }

  /** Where the machine's memory is mounted, for what must not touch its disk. */
  get memoryDirectory(): string {
    return `${this.dataDir}/memory`;
  }

  /** Everything of one pod that lies in memory. */
  podMemory(uid: string): string {
    return `${this.memoryDirectory}/${uid}`;
  }

  hostsFile(uid: string): string {
    return `${this.podDirectory(uid)}/etc-hosts`;
  }

  terminationLog(uid: string, container: string, attempt: number): string {
    return `${this.podDirectory(uid)}/termination/${container}-${attempt}`;
  }
}
