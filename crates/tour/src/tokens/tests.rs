//! What is a token, and that it does not matter how a text is cut.

use super::*;
use crate::language::Language;

fn scan(language: Language, text: &str) -> Tokens {
    let mut scanner = Scanner::new(Syntax::of(language));
    scanner.feed(text);
    scanner.finish()
}

/// The number of tokens, and the identifiers in the order of the alphabet.
#[track_caller]
fn check(language: Language, text: &str, tokens: u64, identifiers: &[&str]) {
    let found = scan(language, text);
    let mut names: Vec<_> = found
        .names
        .iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect();
    names.sort();
    let mut expected: Vec<(String, u64)> = Vec::new();
    for &name in identifiers {
        match expected.last_mut() {
            Some((last, count)) if last == name => *count += 1,
            _ => expected.push((name.to_owned(), 1)),
        }
    }
    assert_eq!((found.tokens, names), (tokens, expected), "{text:?}");
    assert_eq!(found.identifiers, identifiers.len() as u64, "{text:?}");
}

#[test]
fn words_numbers_and_marks() {
    check(
        Language::Rust,
        "fn main() { a_1 += 0x1f; }",
        11,
        &["a_1", "main"],
    );
    check(Language::Rust, "1.5e3 + x.0..9", 8, &["x"]);
    check(Language::Rust, "0..9", 4, &[]);
    check(Language::Rust, "größe = größe", 3, &["größe", "größe"]);
    check(Language::C, "1'000'000 'a'", 2, &[]);
    check(Language::Other, "it's 5 o'clock", 7, &[]);
    check(Language::Rust, "", 0, &[]);
    check(Language::Rust, "\u{feff}a", 1, &["a"]);
}

#[test]
fn comments_are_no_tokens() {
    check(Language::Rust, "a // b\nc", 2, &["a", "c"]);
    check(Language::Rust, "a /* b /* c */ d */ e", 2, &["a", "e"]);
    check(Language::C, "a /* b /* c */ d */ e", 5, &["a", "d", "e"]);
    check(Language::C, "a /*/ b /**/ / c", 3, &["a", "c"]);
    check(Language::Rust, "/***/ a /", 2, &["a"]);
    check(Language::Python, "a # b\n#c\nd", 2, &["a", "d"]);
    check(Language::Shell, "a $# b#c # d", 6, &["a", "b", "c"]);
    check(Language::Json, "// a", 3, &["a"]);
}

#[test]
fn strings_are_one_token() {
    check(Language::Rust, r#"a("b \" c", d)"#, 6, &["a", "d"]);
    check(Language::Rust, "\"a\nb\" c", 2, &["c"]);
    check(Language::C, "\"a\nb\" c", 3, &["b"]);
    check(Language::C, "u8\"a\" u8", 2, &["u8"]);
    check(Language::Python, "f'''a ' '' b''' c", 2, &["c"]);
    check(Language::Python, "'' '''a\\'''b''' c", 3, &["c"]);
    check(Language::Python, "''", 1, &[]);
    check(Language::Shell, r"'a\' b", 2, &["b"]);
    check(Language::JavaScript, "`a\n${b}` c", 2, &["c"]);
}

#[test]
fn the_ticks_of_rust() {
    check(Language::Rust, r"'a' '\'' '\\' b", 4, &["b"]);
    check(Language::Rust, "'é' '(' b'x' '\u{1f600}' b", 5, &["b"]);
    check(Language::Rust, "&'a str<'static>", 6, &["str"]);
    check(Language::Rust, "'( a", 3, &["a"]);
    check(Language::Rust, "'", 1, &[]);
    check(Language::Rust, "'(", 2, &[]);
}

#[test]
fn the_raw_strings_of_rust() {
    check(
        Language::Rust,
        r###"r"a\" r#"b"c"# br##"d"#e"## f"###,
        4,
        &["f"],
    );
    check(Language::Rust, "r#fn(r, r#", 6, &["r", "r"]);
    check(Language::Rust, "r##x", 4, &["r", "x"]);
}

#[test]
fn a_word_without_end_is_not_kept() {
    let long = "x".repeat(LONGEST_NAME + 1);
    let found = scan(Language::Rust, &format!("{long} {}", &long[1..]));
    assert_eq!(
        (found.tokens, found.identifiers, found.names.distinct()),
        (2, 2, 1)
    );
}

#[test]
fn it_does_not_matter_where_the_text_is_cut() {
    let text = r####"
            fn f<'a>(x: &'a str) -> char { /* a /* b */ c */ r#"quote " here"#; 'é' } // end 'of "line
            let y = 1.5..2 / 3; b'\''; r#type; "esc \" ape"; '''triple ' quoted''' # hash $# f"x" `t
            ick` "stray
            "####;
    for language in [
        Language::Rust,
        Language::C,
        Language::Python,
        Language::JavaScript,
        Language::Shell,
        Language::Toml,
        Language::Yaml,
        Language::Markdown,
    ] {
        let whole = scan(language, text);
        for (cut, _) in text.char_indices() {
            let mut scanner = Scanner::new(Syntax::of(language));
            scanner.feed(&text[..cut]);
            scanner.feed(&text[cut..]);
            assert_eq!(scanner.finish(), whole, "{} cut at {cut}", language.name());
        }
        let mut scanner = Scanner::new(Syntax::of(language));
        text.split_inclusive(|_| true)
            .for_each(|character| scanner.feed(character));
        assert_eq!(
            scanner.finish(),
            whole,
            "{} in single characters",
            language.name()
        );
    }
}
