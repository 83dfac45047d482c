/** The text for a type (`io.k8s.api.core.v1.Pod`) or for one of its fields; undefined where there is none. */
export type Descriptions = (definition: string, field?: string) => string | undefined;

/** No texts beside those the declarations carry. */
export const NO_DESCRIPTIONS: Descriptions = () => undefined;

/** Texts as the extraction tool writes them: model name → "" (the type itself) or field → text. */
export type DescriptionFile = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Looks texts up in an extracted file. Its models are named by version and kind (`V1Deployment`), those that several
 * groups have by group, too (`CoreV1Event`).
 */
export function descriptionsFrom(file: DescriptionFile): Descriptions {
  return (definition, field = "") => {
    const [group = "", version = "", kind = ""] = definition.split(".").slice(-3);
    const model = `${capitalized(version)}${kind}`;
    const texts = own(file, `${capitalized(group)}${model}`) ?? own(file, model);
    return texts && own(texts, field);
  };
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
