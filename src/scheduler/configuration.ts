import { pluginsFor, type PluginSettings, type WeightedPlugin } from "./plugins/all.ts";

/** One way of placing pods, for those that name it in `spec.schedulerName`. */
export interface ProfileSettings extends PluginSettings {
  readonly schedulerName: string;
  /** Enough nodes that will do, in percent of all; without it as few as the size of the cluster allows. */
  readonly percentageOfNodesToScore?: number | undefined;
}

export interface Profile {
  readonly schedulerName: string;
  readonly percentageOfNodesToScore: number | undefined;
  readonly plugins: readonly WeightedPlugin[];
}

const DEFAULT_PROFILES: readonly ProfileSettings[] = [{ schedulerName: "default-scheduler" }];

/**
 * Profiles by the name pods know them by.
 *
 * @param ignoredResources What is not ours to count.
 * @throws {RangeError} When two have the same name.
 */
export function profilesOf(
  settings: readonly ProfileSettings[] = DEFAULT_PROFILES,
  ignoredResources: readonly string[] = [],
): ReadonlyMap<string, Profile> {
  const profiles = new Map<string, Profile>();
  for (const profile of settings) {
    const { schedulerName, percentageOfNodesToScore } = profile;
    if (profiles.has(schedulerName)) throw new RangeError(`There are two profiles named "${schedulerName}"`);
    profiles.set(schedulerName, {
      schedulerName,
      percentageOfNodesToScore,
      plugins: pluginsFor(profile, ignoredResources),
    });
  }
  return profiles;
}
