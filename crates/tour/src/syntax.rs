//! What little of each language's syntax the census needs.
//!
//! A [`Syntax`] says where comments and strings begin and end and which words are keywords. It
//! describes the shape of the text, not a grammar: a regular expression of JavaScript or a
//! here-document of the shell is read as ordinary code.

use crate::language::Language;

/// The shape of a language's text.
#[derive(Debug)]
pub(crate) struct Syntax {
    pub(crate) line_comment: LineComment,
    pub(crate) block_comment: BlockComment,
    pub(crate) quotes: &'static [Quote],
    /// `'a` may be a lifetime, `r#"…"#` is a string and `r#fn` a word.
    pub(crate) rust: bool,
    /// Words that belong to the string which follows them at once, as `f` in `f"…"`.
    pub(crate) prefixes: &'static [&'static str],
    /// `1'000` is one number.
    pub(crate) tick_in_number: bool,
    /// Words that are no keywords are identifiers.
    pub(crate) identifiers: bool,
    /// In the order of the alphabet.
    pub(crate) keywords: &'static [&'static str],
}

impl Syntax {
    pub(crate) fn of(language: Language) -> &'static Syntax {
        match language {
            Language::Rust => &RUST,
            Language::C => &C,
            Language::Python => &PYTHON,
            Language::JavaScript => &JAVASCRIPT,
            Language::Shell => &SHELL,
            Language::Toml => &TOML,
            Language::Json => &JSON,
            Language::Yaml => &YAML,
            Language::Markdown | Language::Other => &PROSE,
        }
    }

    pub(crate) fn is_keyword(&self, word: &str) -> bool {
        // Most words are none: their first letter and their length say so without a look at the
        // rest.
        let first = word.as_bytes().first();
        let before = self
            .keywords
            .partition_point(|keyword| keyword.as_bytes().first() < first);
        let candidates = self.keywords[before..].iter();
        candidates
            .take_while(|keyword| keyword.as_bytes().first() == first)
            .any(|&keyword| keyword == word)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineComment {
    None,
    Slashes,
    Hash,
    /// `#`, but not in the middle of something, as in `$#` or `a#b`.
    HashAfterSpace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockComment {
    None,
    Flat,
    Nested,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Quote {
    pub(crate) mark: char,
    /// A backslash takes the next character's meaning away.
    pub(crate) escapes: bool,
    /// The string may go on beyond the end of the line. Where it may not, a stray quote costs one
    /// line at most.
    pub(crate) lines: bool,
    /// Three marks in a row open a string that three marks close.
    pub(crate) triple: bool,
}

const fn quote(mark: char, escapes: bool, lines: bool, triple: bool) -> Quote {
    Quote {
        mark,
        escapes,
        lines,
        triple,
    }
}

/// No comments, no strings, no identifiers: what the others are described against.
static PROSE: Syntax = Syntax {
    line_comment: LineComment::None,
    block_comment: BlockComment::None,
    quotes: &[],
    rust: false,
    prefixes: &[],
    tick_in_number: false,
    identifiers: false,
    keywords: &[],
};

#[rustfmt::skip]
static RUST: Syntax = Syntax {
    line_comment: LineComment::Slashes,
    block_comment: BlockComment::Nested,
    quotes: &[quote('"', true, true, false)],
    rust: true,
    prefixes: &["b", "c"],
    identifiers: true,
    keywords: &[
        "Self", "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else",
        "enum", "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod",
        "move", "mut", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
        "type", "unsafe", "use", "where", "while",
    ],
    ..PROSE
};

#[rustfmt::skip]
static C: Syntax = Syntax {
    line_comment: LineComment::Slashes,
    block_comment: BlockComment::Flat,
    quotes: &[
        quote('"', true, false, false),
        quote('\'', true, false, false),
    ],
    prefixes: &["L", "U", "u", "u8"],
    tick_in_number: true,
    identifiers: true,
    keywords: &[
        "alignas", "alignof", "auto", "bool", "break", "case", "catch", "char", "class", "const",
        "const_cast", "constexpr", "continue", "decltype", "default", "define", "delete", "do",
        "double", "dynamic_cast", "elif", "else", "endif", "enum", "error", "explicit", "extern",
        "false", "final", "float", "for", "friend", "goto", "if", "ifdef", "ifndef", "include",
        "inline", "int", "long", "mutable", "namespace", "new", "noexcept", "nullptr", "operator",
        "override", "pragma", "private", "protected", "public", "register", "reinterpret_cast",
        "restrict", "return", "short", "signed", "sizeof", "static", "static_assert", "static_cast",
        "struct", "switch", "template", "this", "throw", "true", "try", "typedef", "typename",
        "undef", "union", "unsigned", "using", "virtual", "void", "volatile", "while",
    ],
    ..PROSE
};

#[rustfmt::skip]
static PYTHON: Syntax = Syntax {
    line_comment: LineComment::Hash,
    quotes: &[
        quote('"', true, false, true),
        quote('\'', true, false, true),
    ],
    prefixes: &[
        "B", "BR", "Br", "F", "FR", "Fr", "R", "RB", "RF", "Rb", "Rf", "U", "b", "bR", "br", "f",
        "fR", "fr", "r", "rB", "rF", "rb", "rf", "u",
    ],
    identifiers: true,
    keywords: &[
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class",
        "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
        "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return",
        "try", "while", "with", "yield",
    ],
    ..PROSE
};

#[rustfmt::skip]
static JAVASCRIPT: Syntax = Syntax {
    line_comment: LineComment::Slashes,
    block_comment: BlockComment::Flat,
    quotes: &[
        quote('"', true, false, false),
        quote('\'', true, false, false),
        quote('`', true, true, false),
    ],
    identifiers: true,
    keywords: &[
        "any", "as", "async", "await", "boolean", "break", "case", "catch", "class", "const",
        "continue", "debugger", "declare", "default", "delete", "do", "else", "enum", "export",
        "extends", "false", "finally", "for", "from", "function", "if", "implements", "import",
        "in", "instanceof", "interface", "let", "new", "null", "number", "of", "private",
        "protected", "public", "readonly", "return", "static", "string", "super", "switch", "this",
        "throw", "true", "try", "type", "typeof", "undefined", "var", "void", "while", "with",
        "yield",
    ],
    ..PROSE
};

#[rustfmt::skip]
static SHELL: Syntax = Syntax {
    line_comment: LineComment::HashAfterSpace,
    quotes: &[
        quote('"', true, true, false),
        quote('\'', false, true, false),
    ],
    identifiers: true,
    keywords: &[
        "case", "do", "done", "elif", "else", "esac", "export", "fi", "for", "function", "if", "in",
        "local", "return", "select", "set", "shift", "then", "until", "while",
    ],
    ..PROSE
};

static TOML: Syntax = Syntax {
    line_comment: LineComment::Hash,
    quotes: &[
        quote('"', true, false, true),
        quote('\'', false, false, true),
    ],
    identifiers: true,
    keywords: &["false", "inf", "nan", "true"],
    ..PROSE
};

static JSON: Syntax = Syntax {
    quotes: &[quote('"', true, false, false)],
    identifiers: true,
    keywords: &["false", "null", "true"],
    ..PROSE
};

static YAML: Syntax = Syntax {
    line_comment: LineComment::HashAfterSpace,
    quotes: &[
        quote('"', true, false, false),
        quote('\'', false, false, false),
    ],
    identifiers: true,
    keywords: &["false", "no", "null", "off", "on", "true", "yes"],
    ..PROSE
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::tests::ALL;

    #[test]
    fn all_keywords_are_found() {
        for language in ALL {
            let syntax = Syntax::of(language);
            assert!(syntax.keywords.is_sorted(), "{}", language.name());
            assert!(
                syntax
                    .keywords
                    .iter()
                    .all(|keyword| syntax.is_keyword(keyword))
            );
            for word in ["", "i", "iff", "zebra", "Zebra", "größe"] {
                assert!(!syntax.is_keyword(word), "{word} in {}", language.name());
            }
        }
    }
}
