//! From characters to tokens, one character at a time.
//!
//! A token is a word, a number, a string or a single mark; white space and comments are none. The
//! scanner keeps all that it knows in its [`State`] and never looks ahead, so that a text gives the
//! same tokens however it is cut into pieces.

use crate::syntax::{BlockComment, LineComment, Quote, Syntax};
use crate::tally::Tally;

/// A longer word counts like every other, but its name is not kept: a file may be one word of a
/// gigabyte.
const LONGEST_NAME: usize = 256;

#[derive(Clone, Copy, Debug)]
enum State {
    /// In white space, or behind a token that ended by itself.
    Between,
    Word,
    Number,
    /// A number and a dot: `1.5` goes on, `0..9` does not.
    NumberDot,
    /// `/`, which may open a comment.
    Slash,
    LineComment,
    BlockComment {
        depth: usize,
        last: char,
    },
    /// One or two marks of a quote that may come in threes.
    Opening {
        quote: Quote,
        marks: u8,
    },
    Quoted {
        quote: Quote,
        escaped: bool,
    },
    TripleQuoted {
        quote: Quote,
        escaped: bool,
        marks: u8,
    },
    /// Rust's `'`: a character or a lifetime.
    Tick,
    /// `'a`, and it is still open which.
    TickWord,
    /// `'(`: a character if the next mark closes it.
    TickMark,
    /// Rust's `r#`: a raw string or a raw word.
    RawOpening {
        hashes: usize,
    },
    /// Inside of `r##"…"##`, `seen` hashes behind what may be its end.
    RawString {
        hashes: usize,
        seen: Option<usize>,
    },
}

const CHARACTER: Quote = Quote {
    mark: '\'',
    escapes: true,
    lines: false,
    triple: false,
};

/// What a text was made of.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) tokens: u64,
    pub(crate) identifiers: u64,
    pub(crate) names: Tally,
}

#[derive(Debug)]
pub(crate) struct Scanner {
    syntax: &'static Syntax,
    state: State,
    /// Whether `#` may open a comment here, where that depends on what is before it.
    after_space: bool,
    word: String,
    found: Tokens,
}

impl Scanner {
    pub(crate) fn new(syntax: &'static Syntax) -> Self {
        Scanner {
            syntax,
            state: State::Between,
            after_space: true,
            word: String::new(),
            found: Tokens::default(),
        }
    }

    pub(crate) fn feed(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            // The two common long stretches are taken at once.
            match self.state {
                State::LineComment => match rest.find('\n') {
                    Some(end) => rest = &rest[end..],
                    None => return,
                },
                State::Word => {
                    let (run, behind) =
                        rest.split_at(rest.find(|c| !is_word(c)).unwrap_or(rest.len()));
                    self.extend_word(run);
                    rest = behind;
                }
                _ => {}
            }
            let mut characters = rest.chars();
            for c in characters.by_ref() {
                self.step(c);
                self.after_space = c.is_whitespace();
                if matches!(self.state, State::LineComment | State::Word) {
                    break;
                }
            }
            rest = characters.as_str();
        }
    }

    /// Ends the text; whatever is still open ends with it.
    pub(crate) fn finish(mut self) -> Tokens {
        match self.state {
            State::Between | State::LineComment | State::BlockComment { .. } => {}
            State::Word => self.end_word(),
            State::NumberDot | State::TickMark => self.found.tokens += 2,
            State::RawOpening { hashes } => self.end_raw_opening(hashes),
            State::Number
            | State::Slash
            | State::Opening { .. }
            | State::Quoted { .. }
            | State::TripleQuoted { .. }
            | State::Tick
            | State::TickWord
            | State::RawString { .. } => self.found.tokens += 1,
        }
        self.found
    }

    fn step(&mut self, c: char) {
        // A character that ends one token may begin the next: it is looked at again from the new
        // state.
        while !self.takes(c) {}
    }

    /// Whether `c` is dealt with; if not, the state has changed.
    fn takes(&mut self, c: char) -> bool {
        match self.state {
            State::Between => {
                self.begin(c);
                true
            }
            State::Word if is_word(c) => {
                self.extend_word(c.encode_utf8(&mut [0; 4]));
                true
            }
            State::Word => self.after_word(c),
            State::Number => {
                if is_word(c) || (c == '\'' && self.syntax.tick_in_number) {
                    return true;
                }
                if c == '.' {
                    self.state = State::NumberDot;
                    return true;
                }
                self.token()
            }
            State::NumberDot => {
                if c.is_ascii_digit() {
                    self.state = State::Number;
                    return true;
                }
                self.found.tokens += 1;
                self.token()
            }
            State::Slash => match c {
                '/' => self.goes(State::LineComment),
                '*' if self.syntax.block_comment != BlockComment::None => {
                    self.goes(State::BlockComment {
                        depth: 1,
                        last: ' ',
                    })
                }
                _ => self.token(),
            },
            State::LineComment => {
                if c == '\n' {
                    self.state = State::Between;
                }
                true
            }
            State::BlockComment { depth, last } => {
                let nested = self.syntax.block_comment == BlockComment::Nested;
                self.goes(match (last, c) {
                    ('*', '/') if depth == 1 => State::Between,
                    ('*', '/') => State::BlockComment {
                        depth: depth - 1,
                        last: ' ',
                    },
                    ('/', '*') if nested => State::BlockComment {
                        depth: depth + 1,
                        last: ' ',
                    },
                    _ => State::BlockComment { depth, last: c },
                })
            }
            State::Opening { quote, marks } => match (marks, c == quote.mark) {
                (1, true) => self.goes(State::Opening { quote, marks: 2 }),
                (1, false) => {
                    self.state = State::Quoted {
                        quote,
                        escaped: false,
                    };
                    false
                }
                (_, true) => self.goes(State::TripleQuoted {
                    quote,
                    escaped: false,
                    marks: 0,
                }),
                (_, false) => self.token(),
            },
            State::Quoted { quote, escaped } => {
                if escaped {
                    return self.goes(State::Quoted {
                        quote,
                        escaped: false,
                    });
                }
                if c == quote.mark || (c == '\n' && !quote.lines) {
                    self.token();
                } else if c == '\\' && quote.escapes {
                    self.state = State::Quoted {
                        quote,
                        escaped: true,
                    };
                }
                true
            }
            State::TripleQuoted {
                quote,
                escaped,
                marks,
            } => {
                if !escaped && c == quote.mark {
                    if marks == 2 {
                        self.token();
                        return true;
                    }
                    return self.goes(State::TripleQuoted {
                        quote,
                        escaped: false,
                        marks: marks + 1,
                    });
                }
                let escaped = !escaped && c == '\\' && quote.escapes;
                self.goes(State::TripleQuoted {
                    quote,
                    escaped,
                    marks: 0,
                })
            }
            State::Tick => match c {
                '\\' => self.goes(State::Quoted {
                    quote: CHARACTER,
                    escaped: true,
                }),
                c if is_word(c) => self.goes(State::TickWord),
                '\n' | '\'' => {
                    self.token();
                    true
                }
                _ => self.goes(State::TickMark),
            },
            State::TickWord => {
                if is_word(c) {
                    return true;
                }
                self.token();
                c == '\''
            }
            State::TickMark => {
                if c != '\'' {
                    // Neither a character nor a lifetime: two marks.
                    self.found.tokens += 1;
                }
                self.token();
                c == '\''
            }
            State::RawOpening { hashes } => match c {
                '#' => self.goes(State::RawOpening { hashes: hashes + 1 }),
                '"' => {
                    self.word.clear();
                    self.goes(State::RawString { hashes, seen: None })
                }
                c if hashes == 1 && is_word(c) && !c.is_numeric() => {
                    self.word.clear();
                    self.state = State::Word;
                    false
                }
                _ => {
                    self.end_raw_opening(hashes);
                    self.state = State::Between;
                    false
                }
            },
            State::RawString { hashes, seen } => {
                let seen = match (c, seen) {
                    ('"', _) => Some(0),
                    ('#', Some(seen)) => Some(seen + 1),
                    _ => None,
                };
                if seen == Some(hashes) {
                    self.token();
                } else {
                    self.state = State::RawString { hashes, seen };
                }
                true
            }
        }
    }

    fn begin(&mut self, c: char) {
        if c.is_whitespace() || c == '\u{feff}' {
            return;
        }
        if c.is_numeric() {
            self.state = State::Number;
            return;
        }
        if is_word(c) {
            self.word.push(c);
            self.state = State::Word;
            return;
        }
        let comment = match self.syntax.line_comment {
            LineComment::Slashes if c == '/' => Some(State::Slash),
            LineComment::Hash if c == '#' => Some(State::LineComment),
            LineComment::HashAfterSpace if c == '#' && self.after_space => Some(State::LineComment),
            _ => None,
        };
        let quote = self.quote(c);
        match (comment, quote) {
            (Some(comment), _) => self.state = comment,
            (None, Some(quote)) => self.state = opened(quote),
            (None, None) if c == '\'' && self.syntax.rust => self.state = State::Tick,
            (None, None) => self.found.tokens += 1,
        }
    }

    /// `c` is behind a word: it may make the word the prefix of a string.
    fn after_word(&mut self, c: char) -> bool {
        let word = self.word.as_str();
        if self.syntax.rust && matches!(c, '"' | '#') && matches!(word, "r" | "br" | "cr") {
            self.state = State::RawOpening { hashes: 0 };
            return false;
        }
        let next = match self.quote(c) {
            Some(quote) => Some(opened(quote)),
            None => (c == '\'' && self.syntax.rust).then_some(State::Tick),
        };
        if let Some(next) = next.filter(|_| self.syntax.prefixes.contains(&word)) {
            self.word.clear();
            return self.goes(next);
        }
        self.end_word();
        self.state = State::Between;
        false
    }

    fn quote(&self, mark: char) -> Option<Quote> {
        self.syntax
            .quotes
            .iter()
            .copied()
            .find(|quote| quote.mark == mark)
    }

    fn extend_word(&mut self, run: &str) {
        if self.word.len() <= LONGEST_NAME {
            self.word.push_str(run);
        }
    }

    fn end_word(&mut self) {
        self.found.tokens += 1;
        if self.syntax.identifiers && !self.syntax.is_keyword(&self.word) {
            self.found.identifiers += 1;
            if self.word.len() <= LONGEST_NAME {
                self.found.names.add(&self.word, 1);
            }
        }
        self.word.clear();
    }

    /// It was a word `r` and some marks after all.
    fn end_raw_opening(&mut self, hashes: usize) {
        self.end_word();
        self.found.tokens += hashes as u64;
    }

    /// Counts the token that ended before the character at hand.
    fn token(&mut self) -> bool {
        self.found.tokens += 1;
        self.state = State::Between;
        false
    }

    fn goes(&mut self, state: State) -> bool {
        self.state = state;
        true
    }
}

fn opened(quote: Quote) -> State {
    if quote.triple {
        State::Opening { quote, marks: 1 }
    } else {
        State::Quoted {
            quote,
            escaped: false,
        }
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

#[cfg(test)]
mod tests;
