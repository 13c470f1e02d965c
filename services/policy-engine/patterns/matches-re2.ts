// RE2 for validators outside the engine, so that a pattern the engine would refuse is refused when it is written.
import { RE2JS } from 're2js';

/** Whether `pattern` matches anywhere in `text`. Throws, with the parser's words, on a pattern that RE2 refuses. */
export function matchesRe2(text: string, pattern: string): boolean {
  return RE2JS.compile(pattern).matcher(text).find();
}
