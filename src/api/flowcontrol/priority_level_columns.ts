import { AGE, NAME, column } from "../columns.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { Cell, Column } from "../schema/kind.ts";
import type { PriorityLevelConfigurationSpec } from "./prioritylevelconfiguration.ts";

interface LevelLike {
  readonly metadata: ObjectMeta;
  readonly spec: PriorityLevelConfigurationSpec;
}

const queuingOf = ({ spec }: LevelLike) => spec.limited?.limitResponse.queuing;
const orNone = (value: Cell | undefined): Cell => value ?? "<none>";

export const PRIORITY_LEVEL_COLUMNS: readonly Column<LevelLike>[] = [
  NAME,
  column("Type", "string", "Whether it is limited.", ({ spec }) => spec.type),
  column("NominalConcurrencyShares", "string", "Its share of the server.", ({ spec }) =>
    orNone(spec.limited?.nominalConcurrencyShares),
  ),
  column("Queues", "string", "Queues requests wait in.", (level) => orNone(queuingOf(level)?.queues)),
  column("HandSize", "string", "Queues one flow may use.", (level) => orNone(queuingOf(level)?.handSize)),
  column("QueueLengthLimit", "string", "Requests one queue holds.", (level) =>
    orNone(queuingOf(level)?.queueLengthLimit),
  ),
  AGE,
];
