//! Text that people typed: normalised, and refused where it has deceptive characters. Pure.
//!
//! Every title, label and description is normalised here before it is stored, so that equal texts are equal bytes.
//! Invisible characters are removed; characters that deceive the reader are refused.

mod pasted;
mod skeleton;

use std::{borrow::Cow, ops::RangeInclusive};

use unicode_normalization::{
    UnicodeNormalization as _,
    char::{is_combining_mark, is_public_assigned},
};

pub use pasted::{bare, plain};
use pasted::{is_direction_mark, is_invisible};
pub use skeleton::skeleton;

/// The flags of England, Scotland and Wales: the only emoji with tag characters (UTS 51, annex C).
const TAGGED_FLAGS: [&str; 3] = [
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
];

/// A text as it stands within an English sentence: one with right-to-left letters is isolated (UAX 9), or it would turn
/// the numbers and points beside it around.
pub fn isolated(text: &str) -> Cow<'_, str> {
    // Hebrew to Arabic Extended-A, the presentation forms of both, and the historic scripts written that way.
    const RIGHT_TO_LEFT: [RangeInclusive<char>; 5] = [
        '\u{590}'..='\u{8FF}',
        '\u{FB1D}'..='\u{FDFF}',
        '\u{FE70}'..='\u{FEFE}',
        '\u{10800}'..='\u{10FFF}',
        '\u{1E800}'..='\u{1EFFF}',
    ];
    match text.chars().any(|c| RIGHT_TO_LEFT.iter().any(|range| range.contains(&c))) {
        true => format!("\u{2068}{text}\u{2069}").into(),
        false => text.into(),
    }
}

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextError {
    /// Nothing to read in it.
    Empty,
    /// Too long.
    TooLong {
        /// Its length in characters.
        length: usize,
        /// The greatest length.
        max: usize,
    },
    /// A character that is invisible, reverses the direction of text, or is not assigned.
    Forbidden(char),
}

impl TextError {
    /// A message about `what` (such as “title”) that says what to do.
    pub fn sentence(&self, what: &str) -> String {
        match *self {
            Self::Empty => format!("Enter the {what}."),
            Self::TooLong { length, max } => {
                let (length, max) = (grouped(length as u64), grouped(max as u64));
                format!("The {what} has {length} characters; {max} are the most.")
            }
            Self::Forbidden(c) => format!(
                "The {what} has a character that can’t be seen or turns text around (U+{:04X}). Take it out.",
                u32::from(c)
            ),
        }
    }
}

/// Normalises one line: NFC, without invisible characters, trimmed, each run of white space one space.
///
/// # Errors
/// [`TextError`]; a text of invisible characters only is [`TextError::Empty`].
pub fn line(text: &str, max: usize) -> Result<String, TextError> {
    let visible = visible(text);
    let line = visible.trim_matches(|c: char| c.is_whitespace() || is_direction_mark(c));
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    check(&line, max, |_| false)?;
    if line.chars().all(is_blank) { Err(TextError::Empty) } else { Ok(line) }
}

/// Normalises any number of lines, or none: NFC, without invisible characters, `\n` between lines, no blank end.
///
/// # Errors
/// [`TextError`], except for [`TextError::Empty`].
pub fn paragraphs(text: &str, max: usize) -> Result<String, TextError> {
    let text = visible(text).replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let text = text.split('\n').map(|line| line.trim_matches(is_direction_mark)).collect::<Vec<_>>().join("\n");
    let text = if text.chars().all(is_blank) { "" } else { text.trim_end() };
    check(text, max, |c| c == '\n' || c == '\t')?;
    Ok(text.to_owned())
}

/// Whether a text has nothing visible.
pub fn is_empty(text: &str) -> bool {
    text.chars().all(|c| is_blank(c) || is_invisible(c) || is_direction_mark(c))
}

/// In NFC, without invisible characters.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).nfc().collect()
}

/// 1234567 → 1,234,567.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// 1st, 2nd, 3rd, 4th … 11th … 21st.
pub fn ordinal(number: u32) -> String {
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

/// `Gummi`, `Gummi and Pita`, `Gummi, Pita and Cleo`.
pub fn listed(names: &[String]) -> String {
    match names.split_last() {
        None => String::new(),
        Some((one, [])) => one.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

fn check(text: &str, max: usize, allowed: impl Fn(char) -> bool) -> Result<(), TextError> {
    let bare = TAGGED_FLAGS.iter().fold(text.to_owned(), |text, flag| text.replace(flag, ""));
    if let Some(c) = bare.chars().find(|c| is_forbidden(*c) && !allowed(*c)) {
        return Err(TextError::Forbidden(c));
    }
    let length = text.chars().count();
    if length > max { Err(TextError::TooLong { length, max }) } else { Ok(()) }
}

/// Control characters, those that change the direction of text, blank ones, and those that Unicode does not assign.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || !is_public_assigned(c)
        || is_direction_mark(c)
        || matches!(c,
            '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
            | '\u{2028}'..='\u{202E}' | '\u{2065}'..='\u{206F}'
            | '\u{3164}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFC}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E00FF}')
}

/// Characters that show nothing by themselves: space, joiners, variation selectors, combining marks, blank Braille.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || is_combining_mark(c)
        || matches!(c, '\u{200C}' | '\u{200D}' | '\u{2800}' | '\u{FE00}'..='\u{FE0F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_and_lists_are_written() {
        let places = [1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 1002].map(ordinal);
        let written = ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "101st", "111th", "1002nd"];
        assert_eq!(places, written);
        let names = ["Gummi", "Pita", "Cleo"].map(str::to_owned);
        let written = ["", "Gummi", "Gummi and Pita", "Gummi, Pita and Cleo"];
        assert_eq!([0, 1, 2, 3].map(|n| listed(&names[..n])), written);
    }

    #[test]
    fn a_line_is_normalised() {
        assert_eq!(line("  Fruit \t\n Gummi\u{A0}", 50), Ok("Fruit Gummi".into()));
        assert_eq!(line("Cafe\u{301}", 4), Ok("Café".into()));
        assert_eq!(line(" \n ", 50), Err(TextError::Empty));
        assert_eq!(line("\u{200D}\u{FE0F} \u{301}", 50), Err(TextError::Empty));
        assert_eq!(line("äöü", 2), Err(TextError::TooLong { length: 3, max: 2 }));
    }

    #[test]
    fn deceptive_characters_are_refused() {
        for c in "\u{0}\u{7}\u{7F}\u{9B}\u{61C}\u{200E}\u{200F}\u{202A}\u{202E}\u{2066}\u{2069}\
                  \u{3164}\u{FFF9}\u{E0041}\u{E000}\u{10FFFF}\u{378}"
            .chars()
        {
            assert_eq!(line(&format!("a{c}b"), 50), Err(TextError::Forbidden(c)), "{c:?}");
            assert_eq!(paragraphs(&format!("a{c}b"), 50), Err(TextError::Forbidden(c)), "{c:?}");
        }
        assert_eq!(paragraphs("a\u{B}b", 50), Err(TextError::Forbidden('\u{B}')));
    }

    #[test]
    fn invisible_characters_are_removed() {
        for c in "\u{AD}\u{34F}\u{200B}\u{2060}\u{2063}\u{FEFF}".chars() {
            for text in [format!("{c}a{c}b{c}"), format!(" {c} a{c}b {c}{c} ")] {
                assert_eq!(line(&text, 2), Ok("ab".into()), "{c:?}");
            }
            assert_eq!(paragraphs(&format!("{c}a{c}\n{c}b"), 3), Ok("a\nb".into()), "{c:?}");
            assert!(is_empty(&format!(" {c}\t")) && line(&c.to_string(), 2) == Err(TextError::Empty), "{c:?}");
        }
        for c in "\u{61C}\u{200E}\u{200F}".chars() {
            assert_eq!(line(&format!("{c} ab {c}"), 2), Ok("ab".into()), "{c:?}");
            assert_eq!(paragraphs(&format!("{c}a{c}\r\n{c}b{c}"), 3), Ok("a\nb".into()), "{c:?}");
            assert!(is_empty(&c.to_string()) && line(&c.to_string(), 2) == Err(TextError::Empty), "{c:?}");
        }
        assert_eq!(line("e\u{200B}\u{301}", 1), Ok("é".into()));
        for c in "\u{202D}\u{202E}\u{2066}\u{2067}".chars() {
            assert_eq!(line(&format!("{c}ab"), 5), Err(TextError::Forbidden(c)), "{c:?}");
        }
    }

    #[test]
    fn scripts_and_emoji_are_whole() {
        let good =
            ["👩🏽‍🔬", "❤️", "می‌خواهم", "क्‍ष", "שלום", "葛\u{E0100}", "🏳️‍🌈", "Ελλάδα", TAGGED_FLAGS[1], "½ & <b>", "𝔘𝔯𝔫𝔞"];
        for text in good {
            assert_eq!(line(text, 20), Ok(text.to_owned()));
        }
    }

    #[test]
    fn paragraphs_keep_their_lines() {
        assert_eq!(paragraphs("one\r\n\r\n\ttwo\rthree \r\n \n", 50), Ok("one\n\n\ttwo\nthree".into()));
        assert_eq!(paragraphs(" \r\n\u{200D}", 0), Ok(String::new()));
        assert_eq!(paragraphs("four", 3), Err(TextError::TooLong { length: 4, max: 3 }));
    }

    #[test]
    fn errors_say_what_to_do() {
        assert_eq!(TextError::Empty.sentence("title"), "Enter the title.");
        let long = TextError::TooLong { length: 12_300, max: 10_000 };
        assert_eq!(long.sentence("text"), "The text has 12,300 characters; 10,000 are the most.");
        assert!(TextError::Forbidden('\u{202E}').sentence("title").contains("(U+202E). Take it out."));
    }
}
