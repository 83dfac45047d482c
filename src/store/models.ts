import { Model, packed } from "./likeness.ts";

/** Models kept, 12 KB each. Values packed by one that is no longer kept hold it themselves. */
const MODELS_MAX = 128;
/** A value is packed if this share of it or less is left. */
const SHARE_MAX = 0.5;

/** A value that is longer by more than this is a better model: of pods that run rather than wait. */
const GROWTH_MAX = 1.25;

/** Values that others were like, by the beginnings of their keys: values under like keys are like each other. */
export class Models {
  /** The one used last at the end. */
  readonly #models = new Map<string, Model>();

  /** What is left of the value at `key`, beside a model. Where there is none like it, it becomes a model. */
  pack(key: string, value: Uint8Array): { readonly model: Model; readonly text: string } | undefined {
    if (!Model.admits(value)) return undefined;
    const directory = key.slice(0, key.lastIndexOf("/") + 1);
    const family = key.slice(0, lastBreak(key) + 1);
    const model = this.#models.get(family) ?? this.#models.get(directory);
    if (model !== undefined && value.length <= model.bytes.length * GROWTH_MAX) {
      const text = packed(value, model, value.length * SHARE_MAX);
      if (text !== undefined) return { model, text };
    }
    const next = new Model(value);
    this.#keep(directory, next);
    if (family !== directory) this.#keep(family, next);
    return undefined;
  }

  #keep(name: string, model: Model): void {
    this.#models.delete(name);
    this.#models.set(name, model);
    if (this.#models.size <= MODELS_MAX) return;
    for (const oldest of this.#models.keys()) {
      this.#models.delete(oldest);
      return;
    }
  }
}

/** Where the part of a name begins that was made up: `web-7c5dd-` of `web-7c5dd-x2v9k`. */
function lastBreak(key: string): number {
  return Math.max(key.lastIndexOf("/"), key.lastIndexOf("-"), key.lastIndexOf("."));
}
