/** Characters of the longest pattern a named format has, as costs count it. */
export const NAME_REGEX_CHARS_MAX = 128;
