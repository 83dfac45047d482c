import type { AnyKind } from "#api/object.ts";
import { isApiError } from "#client/client.ts";
import { startControllers } from "./all.ts";
import { World } from "./world_suite.ts";

/** For tests: a world with every controller. */
export async function whole(): Promise<World & { stopAll(): Promise<void> }> {
  const world = await World.create();
  const running = startControllers({
    clientFor: () => world.client,
    informers: world.informers,
    clock: world.clock,
    random: world.random,
    log: world.log,
    registry: world.registry,
    rootCertificate: "PEM",
  });
  await world.run(500);
  const stopAll = async () => {
    await running.stop();
    await world.stop();
  };
  return Object.assign(world, { stopAll });
}

export async function exists(world: World, kind: AnyKind, ref: { namespace?: string; name: string }): Promise<boolean> {
  try {
    await world.client.get(kind, ref);
    return true;
  } catch (error) {
    if (isApiError(error, "NotFound")) return false;
    throw error;
  }
}
