// SPDX-License-Identifier: Apache-2.0
//
// From the name that somebody types to all that a plugin is called: `my_gain`, `my-gain`, `My gain`, `MyGain`.
import { ProblemsError } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import { isPluginId } from "../manifest/rules.ts";

export interface PluginName {
  /** As typed, where that is an id; else with `-` between the words. */
  id: string;
  /** Stage type and C identifier: `my_gain`. */
  snake: string;
  /** `my-gain` */
  kebab: string;
  /** For people: `My gain`. */
  title: string;
}

/** Throws ProblemsError for what cannot be made a name. */
export function pluginName(typed: string): PluginName {
  const words = typed
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[\s_-]+/)
    .filter(Boolean);
  const id = isPluginId(typed) ? typed : words.join("-");
  const refuse = (message: string) => new ProblemsError([{ message: `${quote(typed)} ${message}` }]);
  if (/[/\\]/.test(typed)) throw refuse("is a path; give a name, and the folder with --into");
  if (!isPluginId(id))
    throw refuse(
      "cannot name a plugin; a name is words of letters a to z and digits, as in my-gain, 48 characters at most",
    );
  const snake = words.join("_");
  if (RESERVED.has(snake)) throw refuse(`means something in C already; try ${quote(`my_${snake}`)}`);
  const title = words.join(" ");
  return { id, snake, kebab: words.join("-"), title: title.charAt(0).toUpperCase() + title.slice(1) };
}

/** Words of C and C++, and functions of libc and libm that a source which includes their headers cannot redefine. */
const RESERVED = new Set(
  `abs acos alignas alignof and asin asm atan auto bool break calloc case catch cbrt ceil char class concept const
  constexpr continue cos cosh decltype default delete div do double else enum erf errno exp explicit export extern
  fabs false fdim float floor fma fmax fmin fmod for free frexp friend gamma goto hypot if index inline int j0 j1 jn
  labs ldexp lgamma log logb long lrint lround main malloc memchr memcmp memcpy memmove memset modf mutable nan
  namespace new noexcept not nullptr operator or pow private protected public qsort rand random realloc register
  remainder requires restrict return rindex rint round scalb short signed signgam sin sinh sizeof sqrt static strcat
  strchr strcmp strcpy strlen strstr struct switch system tan tanh template tgamma this throw time true trunc try
  typedef typename union unsigned using virtual void volatile while xor y0 y1 yn`.split(/\s+/),
);
