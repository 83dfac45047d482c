import { parseYamlDocuments } from "#api/codec/parse_yaml.ts";
import { durationMs } from "#api/duration.ts";
import type { Delay, NodeShow, NodeStages, PodShow, PodStages, Selects, Stage, StageBook } from "./stages.ts";

/** A stage file says something that is not understood; the message says where. */
export class StageFileError extends Error {
  override readonly name = "StageFileError";
}

const API_VERSION = "simulation.knarr.dev/v1";

/**
 * Reads `Stages` documents.
 *
 * @throws {StageFileError} When a document is of another kind, has a member it should not have, or lacks one.
 */
export function parseStages(text: string): StageBook {
  const pods: PodStages[] = [];
  const nodes: NodeStages[] = [];
  for (const { value } of parseYamlDocuments(text)) {
    const document = new Members(value, "document");
    if (document.text("apiVersion") !== API_VERSION || document.text("kind") !== "Stages") {
      throw new StageFileError(`a stage file holds documents of kind Stages in ${API_VERSION}`);
    }
    const metadata = document.members("metadata");
    const name = metadata.text("name");
    metadata.end();
    const selects = selectsOf(document.members("selects"));
    const steps = document.list("stages");
    document.end();
    if (selects.kind === "Pod") pods.push({ name, selects, stages: steps.map((each) => stageOf(each, podShow)) });
    else nodes.push({ name, selects, stages: steps.map((each) => stageOf(each, nodeShow)) });
  }
  return { pods, nodes };
}

function selectsOf(members: Members): Selects {
  const kind = members.text("kind");
  if (kind !== "Pod" && kind !== "Node") throw new StageFileError(`${members.at}.kind: Pod or Node, not ${kind}`);
  const selects = {
    kind,
    ...(members.has("names") && { names: members.texts("names") }),
    ...(members.has("images") && { images: members.texts("images") }),
    ...(members.has("labels") && { labels: members.members("labels").record() }),
    ...(members.has("annotations") && { annotations: members.members("annotations").record() }),
    ...(members.has("restartPolicies") && { restartPolicies: members.texts("restartPolicies") }),
  } as const;
  members.end();
  return selects;
}

function stageOf<Show>(members: Members, show: (shown: Members) => Show): Stage<Show> {
  const stage = {
    from: members.text("from"),
    after: delayOf(members.text("after"), `${members.at}.after`),
    to: members.text("to"),
    show: show(members.members("show")),
  };
  members.end();
  return stage;
}

/** `2s`, `1s-3s`, `backoff` or `grace`. */
function delayOf(text: string, at: string): Delay {
  if (text === "backoff" || text === "grace") return text;
  const [least = "", most = least] = text.split("-");
  try {
    const [minMs, maxMs] = [durationMs(least), durationMs(most)];
    if (minMs <= maxMs) return { minMs, maxMs };
  } catch {
    // Said below, with the place.
  }
  throw new StageFileError(`${at}: ${JSON.stringify(text)} is none of 2s, 1s-3s, backoff and grace`);
}

function podShow(members: Members): PodShow {
  const [what] = members.names();
  const shown = what === "gone" ? members : members.members(what ?? "waiting");
  const message = () => (shown.has("message") ? { message: shown.text("message") } : {});
  const show = (): PodShow => {
    switch (what) {
      case "waiting":
        return { waiting: { reason: shown.text("reason"), ...message() } };
      case "running":
        return { running: { ready: shown.flag("ready") } };
      case "exited": {
        const reason = shown.has("reason") ? { reason: shown.text("reason") } : {};
        return { exited: { code: shown.number("code"), ...reason, ...message() } };
      }
      case "failed":
        return { failed: { reason: shown.text("reason"), ...message() } };
      case "gone":
        if (!shown.flag("gone")) throw new StageFileError(`${shown.at}.gone: true`);
        return { gone: true };
      default:
        throw new StageFileError(`${members.at}: one of waiting, running, exited, failed, gone`);
    }
  };
  const result = show();
  shown.end();
  members.end();
  return result;
}

function nodeShow(members: Members): NodeShow {
  const conditions = members.members("conditions").record();
  const known = Object.entries(conditions).map(([type, status]) => {
    if (status !== "True" && status !== "False")
      throw new StageFileError(`${members.at}.conditions: "True" or "False"`);
    return [type, status] as const;
  });
  const show = {
    conditions: Object.fromEntries(known),
    ...(members.has("evicts") && { evicts: members.number("evicts") }),
  };
  members.end();
  return show;
}

/** The members of a mapping, each to be asked for once: what nobody asked for is a mistake in the file. */
class Members {
  readonly at: string;
  readonly #left: Map<string, unknown>;

  constructor(value: unknown, at: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new StageFileError(`${at}: a mapping was expected`);
    }
    this.at = at;
    this.#left = new Map(Object.entries(value));
  }

  names(): string[] {
    return [...this.#left.keys()];
  }

  has(name: string): boolean {
    return this.#left.has(name);
  }

  text(name: string): string {
    return this.#take(name, "a text", (value) => typeof value === "string");
  }

  number(name: string): number {
    return this.#take(name, "a whole number", (value) => Number.isInteger(value));
  }

  flag(name: string): boolean {
    return this.#take(name, "true or false", (value) => typeof value === "boolean");
  }

  texts(name: string): string[] {
    const isTexts = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === "string");
    return this.#take(name, "a list of texts", isTexts);
  }

  members(name: string): Members {
    return new Members(
      this.#take(name, "a mapping", (value) => value !== undefined),
      `${this.at}.${name}`,
    );
  }

  list(name: string): Members[] {
    const items = this.#take<unknown[]>(name, "a list", Array.isArray);
    return items.map((each, index) => new Members(each, `${this.at}.${name}[${index}]`));
  }

  /** All of them, each a text. */
  record(): Record<string, string> {
    return Object.fromEntries(this.names().map((name) => [name, this.text(name)]));
  }

  /** @throws {StageFileError} When there is a member that nobody has asked for. */
  end(): void {
    for (const name of this.#left.keys()) throw new StageFileError(`${this.at}.${name}: there is no such member`);
  }

  #take<T>(name: string, wanted: string, fits: (value: unknown) => boolean): T {
    const value = this.#left.get(name);
    if (!fits(value)) throw new StageFileError(`${this.at}.${name}: ${wanted} was expected`);
    this.#left.delete(name);
    return value as T;
  }
}
