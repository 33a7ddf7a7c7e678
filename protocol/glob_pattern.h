// Glob-style patterns, as KEYS, SCAN MATCH, PSUBSCRIBE and CONFIG GET take them.
#pragma once

#include <string_view>

namespace larder {

// Whether all of `text` matches `pattern`: `*` any bytes, `?` any byte, `[a-z]` and `[^a-z]` one
// byte in or not in a class, `\x` the byte x itself, and every other byte itself. A class that is
// not closed ends with the pattern. With `ignore_case` ASCII letters match in either case.
//
// Agrees with Redis, except that a run of several stars matches the empty text, which Redis lets
// match by `*` alone in its commands. Takes at most as many steps as the product of the two
// lengths, and for a literal between two stars about as many as the text is long.
[[nodiscard]] bool GlobMatch(std::string_view pattern, std::string_view text,
                             bool ignore_case = false);

// Whether `pattern` is literal bytes followed by nothing but a star, as in `prefix*`, so that a
// text matches exactly if it starts with `*literal_prefix`, a view into `pattern`. It is the form
// of nearly all patterns that a cache sees, and far cheaper to test than GlobMatch().
[[nodiscard]] bool GlobPrefix(std::string_view pattern, std::string_view* literal_prefix);

}  // namespace larder
