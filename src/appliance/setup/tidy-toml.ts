// SPDX-License-Identifier: Apache-2.0
//
// What editors, phones and word processors do to TOML, undone: typographic quotes, spaces and equals signs that only
// look like the ones meant, line ends of an old Mac. Each character becomes one other, so that a place in the tidy text
// is the same place in the file. What stands inside of ordinary quotes is somebody's password and stays.

/** By the quote that opens: those that may close. */
const CLOSING: Record<string, string> = {
  "“": "”“",
  "”": "”",
  "„": "“”",
  "‟": "”",
  "«": "»",
  "»": "«",
  "‘": "’‘",
  "’": "’",
  "‚": "‘’",
  "‹": "›",
  "›": "‹",
  "＂": "＂",
  "＇": "＇",
};
const SINGLE = "‘’‚‹›＇";
const ANY_CLOSING = [...new Set(Object.values(CLOSING).join(""))].join("");

const LOOKALIKES: Record<string, string> = { "＝": "=", "﹦": "=", "，": ",", "［": "[", "］": "]", "＃": "#" };
const SPACE = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]/;

/** The longest text between typographic quotes: a public key has less. */
const LONGEST = 2048;
const LISTED_LINES = 5;
/** After so many quotes that nothing closes nobody meant this as TOML, and looking on takes time. */
const MOST_UNCLOSED = 200;

type Oddity = "quotes" | "spaces" | "signs" | "line ends";

const WORDS: Record<Oddity, string> = {
  quotes: "typographic quotes were read as \" and '",
  spaces: "spaces that are not plain ones were read as plain ones",
  signs: "wide signs were read as plain ones",
  "line ends": "line ends of an old Mac were read as such",
};

export interface TidyText {
  text: string;
  /** What was odd, and on which lines: `lines 3 and 7: ...`. */
  notes: string[];
}

export function tidyToml(text: string): TidyText {
  return new Tidying(text).result();
}

class Tidying {
  #at = 0;
  #unclosed = 0;
  readonly #tidy: string[];
  /** Offsets. */
  readonly #odd = new Map<Oddity, number[]>();

  constructor(private readonly text: string) {
    this.#tidy = text.split("");
    if (text.startsWith("\ufeff")) this.#at = 1;
    while (this.#at < text.length) this.#step();
  }

  result(): TidyText {
    const text = this.#tidy.join("");
    const notes = [...this.#odd].map(([oddity, offsets]) => `${linesOf(text, offsets)}: ${WORDS[oddity]}`);
    return { text, notes };
  }

  #step(): void {
    const found = this.text.charAt(this.#at);
    if (found === "#" || found === "＃") this.#comment(found);
    else if (found === '"' || found === "'") this.#plainQuote(found);
    else if (CLOSING[found]) this.#typographicQuote(found, CLOSING[found]);
    else if (found === "\r" && this.text.charAt(this.#at + 1) !== "\n") this.#replace("line ends", "\n");
    else if (SPACE.test(found)) this.#replace("spaces", " ");
    else if (LOOKALIKES[found]) this.#replace("signs", LOOKALIKES[found]);
    else this.#at++;
  }

  #comment(sign: string): void {
    if (sign !== "#") this.#replace("signs", "#");
    this.#at += this.#match(/[^\r\n]*/y)?.length ?? 0;
  }

  /** Text as TOML has it is passed over. */
  #plainQuote(quote: string): void {
    const long = quote.repeat(3);
    if (this.text.startsWith(long, this.#at)) {
      const end = this.text.indexOf(long, this.#at + 3);
      this.#at = end < 0 ? this.text.length : end + 3;
      return;
    }
    const whole = this.#match(quote === '"' ? /"(?:[^"\\\r\n]|\\[^\r\n])*"/y : /'[^'\r\n]*'/y);
    if (whole !== undefined) {
      this.#at += whole.length;
      return;
    }
    // Only its end was made typographic.
    const body = this.#body(ANY_CLOSING);
    if (body !== undefined) this.#set(this.#at + 1 + body.length, "quotes", quote);
    this.#at += body === undefined ? 1 : body.length + 2;
  }

  #typographicQuote(open: string, closing: string): void {
    const isSingle = SINGLE.includes(open);
    const body = this.#body(`${closing}${isSingle ? "'" : '"'}`);
    const quote = body === undefined ? undefined : fittingQuote(body, isSingle);
    if (body === undefined || quote === undefined) {
      this.#at++;
      return;
    }
    this.#set(this.#at, "quotes", quote);
    this.#set(this.#at + 1 + body.length, "quotes", quote);
    this.#at += body.length + 2;
  }

  /** What stands between the quote here and the first of these behind which a value can end, or a key. */
  #body(closing: string): string | undefined {
    if (this.#unclosed > MOST_UNCLOSED) return undefined;
    const lineStart = Math.max(this.text.lastIndexOf("\n", this.#at), this.text.lastIndexOf("\r", this.#at)) + 1;
    const isKey = !/[=＝﹦]/.test(this.text.slice(lineStart, this.#at));
    const behind = `[^\\S\\r\\n]*(?:[,，\\]］}#＃${isKey ? ".=＝﹦" : ""}]|$)`;
    const end = new RegExp(`[^\\r\\n]([^\\r\\n]{0,${LONGEST}}?)[${closing}](?=${behind})`, "ym");
    end.lastIndex = this.#at;
    const body = end.exec(this.text)?.[1];
    if (body === undefined) this.#unclosed++;
    return body;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.text)?.[0];
  }

  #replace(oddity: Oddity, plain: string): void {
    this.#set(this.#at, oddity, plain);
    this.#at++;
  }

  #set(offset: number, oddity: Oddity, plain: string): void {
    if (this.#tidy[offset] === plain) return;
    this.#tidy[offset] = plain;
    const offsets = this.#odd.get(oddity) ?? [];
    offsets.push(offset);
    this.#odd.set(oddity, offsets);
  }
}

/** The plain quote that can stand around this. */
function fittingQuote(body: string, isSingle: boolean): string | undefined {
  const isLiteral = !body.includes("'");
  const isBasic = !body.includes('"');
  if (isSingle) return isLiteral ? "'" : isBasic && !body.includes("\\") ? '"' : undefined;
  return isBasic ? '"' : isLiteral ? "'" : undefined;
}

function linesOf(text: string, offsets: readonly number[]): string {
  const lines = new Set<number>();
  let [line, lineEnd] = [1, text.indexOf("\n")];
  for (const offset of offsets.toSorted((a, b) => a - b)) {
    for (; lineEnd >= 0 && lineEnd < offset; line++) lineEnd = text.indexOf("\n", lineEnd + 1);
    lines.add(line);
  }
  const shown = [...lines].slice(0, LISTED_LINES).join(", ");
  return `line${lines.size > 1 ? "s" : ""} ${shown}${lines.size > LISTED_LINES ? " and others" : ""}`;
}
