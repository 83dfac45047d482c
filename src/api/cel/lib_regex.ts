import { Library, P } from "./functions.ts";
import { findAll, findFirst } from "./regex.ts";
import { listType, STRING } from "./types.ts";

const { string: s, int: i } = P;

/** Kubernetes' functions on patterns. */
export const regexes = new Library()
  .method("find", "string_find_string", [s, s], STRING, ([text, pattern], run) => findFirst(text, pattern, run))
  .method("findAll", "string_find_all_string", [s, s], listType(STRING), ([text, pattern], run) =>
    findAll(text, pattern, -1n, run),
  )
  .method("findAll", "string_find_all_string_int", [s, s, i], listType(STRING), ([text, pattern, most], run) =>
    findAll(text, pattern, most, run),
  );
