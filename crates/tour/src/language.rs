//! Which language a file is in: told by its name, and for a name without an extension by its `#!`
//! line.

use std::path::Path;

use serde::Serialize;

/// How much of a file's beginning decides whether it is text, and by its `#!` line in which
/// language.
pub(crate) const HEAD: usize = 8000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "&'static str")]
pub(crate) enum Language {
    Rust,
    C,
    Python,
    JavaScript,
    Shell,
    Toml,
    Json,
    Yaml,
    Markdown,
    Other,
}

impl Language {
    /// The name that people and programs read.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::C => "c/c++",
            Language::Python => "python",
            Language::JavaScript => "js/ts",
            Language::Shell => "shell",
            Language::Toml => "toml",
            Language::Json => "json",
            Language::Yaml => "yaml",
            Language::Markdown => "markdown",
            Language::Other => "other text",
        }
    }

    /// The language of the file at `path` that begins with `head`.
    pub(crate) fn of(path: &Path, head: &[u8]) -> Language {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        if let Some(language) = Language::by_name(name) {
            return language;
        }
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(extension) => Language::by_extension(&extension.to_ascii_lowercase()),
            None => Language::by_shebang(head),
        }
    }

    fn by_name(name: &str) -> Option<Language> {
        Some(match name {
            "Cargo.lock" | "Cargo.toml.orig" | "Pipfile" => Language::Toml,
            "configure" | "bashrc" | "profile" | "zshrc" => Language::Shell,
            "SConstruct" | "SConscript" | "wscript" => Language::Python,
            _ => return None,
        })
    }

    fn by_extension(extension: &str) -> Language {
        match extension {
            "rs" => Language::Rust,
            "c" | "h" | "cc" | "hh" | "cpp" | "hpp" | "cxx" | "hxx" | "c++" | "h++" | "inl" => {
                Language::C
            }
            "py" | "pyi" | "pyw" => Language::Python,
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => Language::JavaScript,
            "sh" | "bash" | "zsh" | "ksh" => Language::Shell,
            "toml" => Language::Toml,
            "json" | "jsonl" | "json5" => Language::Json,
            "yaml" | "yml" => Language::Yaml,
            "md" | "markdown" => Language::Markdown,
            _ => Language::Other,
        }
    }

    /// `#!/bin/sh`, `#!/usr/bin/env -S python3 -u`: the interpreter's name without its version.
    fn by_shebang(head: &[u8]) -> Language {
        let line = head.split(|&byte| byte == b'\n').next().unwrap_or(&[]);
        let Some(command) = std::str::from_utf8(line)
            .ok()
            .and_then(|line| line.strip_prefix("#!"))
        else {
            return Language::Other;
        };
        let interpreter = command
            .split_whitespace()
            .map(|word| word.rsplit('/').next().unwrap_or(word))
            .find(|&word| word != "env" && !word.starts_with('-') && !word.contains('='))
            .unwrap_or("");
        match interpreter.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
            "sh" | "bash" | "dash" | "ksh" | "zsh" => Language::Shell,
            "python" | "pypy" => Language::Python,
            "node" | "deno" | "bun" => Language::JavaScript,
            "rust-script" => Language::Rust,
            _ => Language::Other,
        }
    }
}

impl From<Language> for &'static str {
    fn from(language: Language) -> Self {
        language.name()
    }
}

/// A NUL near its beginning is what tells a file of bytes from one of text.
pub(crate) fn is_binary(start: &[u8]) -> bool {
    start[..start.len().min(HEAD)].contains(&0)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const ALL: [Language; 10] = [
        Language::Rust,
        Language::C,
        Language::Python,
        Language::JavaScript,
        Language::Shell,
        Language::Toml,
        Language::Json,
        Language::Yaml,
        Language::Markdown,
        Language::Other,
    ];

    fn of(path: &str, head: &str) -> Language {
        Language::of(Path::new(path), head.as_bytes())
    }

    #[test]
    fn names_are_distinct() {
        let mut names: Vec<_> = ALL.iter().map(|language| language.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }

    #[test]
    fn extensions_tell_whatever_their_case() {
        assert_eq!(of("a/b.rs", ""), Language::Rust);
        assert_eq!(of("a/B.H", ""), Language::C);
        assert_eq!(of("x.tsx", ""), Language::JavaScript);
        assert_eq!(of("Cargo.lock", ""), Language::Toml);
        assert_eq!(of("LICENSE", "MIT"), Language::Other);
        assert_eq!(of("notes.xyz", "#!/bin/sh"), Language::Other);
    }

    #[test]
    fn without_an_extension_the_first_line_tells() {
        assert_eq!(of("run", "#!/bin/sh\nls"), Language::Shell);
        assert_eq!(of("run", "#! /usr/bin/env python3.12\n"), Language::Python);
        assert_eq!(
            of("run", "#!/usr/bin/env -S A=1 node --flag"),
            Language::JavaScript
        );
        assert_eq!(of("run", "#!"), Language::Other);
        assert_eq!(of("run", ""), Language::Other);
    }

    #[test]
    fn only_an_early_nul_makes_a_file_binary() {
        let mut bytes = vec![b'a'; HEAD + 1];
        assert!(!is_binary(&bytes));
        bytes[HEAD] = 0;
        assert!(!is_binary(&bytes));
        bytes[HEAD - 1] = 0;
        assert!(is_binary(&bytes));
        assert!(!is_binary(&[]));
    }
}
