//! Text that people typed: made regular, and refused where it hides something. Pure.
//!
//! Every title, label and description passes here on its way in, so that equal texts are equal bytes and
//! what is read is what is stored. What has no looks is dropped; what deceives is refused.

mod pasted;
mod skeleton;

use unicode_normalization::{
    UnicodeNormalization as _,
    char::{is_combining_mark, is_public_assigned},
};

pub use pasted::{bare, plain};
use pasted::{is_direction, is_nothing};
pub use skeleton::skeleton;

/// The flags of England, Scotland and Wales: the only emoji with tag characters (UTS 51, annex C).
const TAGGED_FLAGS: [&str; 3] = [
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
];

/// Why a text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextError {
    /// Nothing to read in it.
    Empty,
    /// Longer than it may be, in characters.
    TooLong {
        /// Its length.
        length: usize,
        /// The most.
        max: usize,
    },
    /// A character that can’t be seen, turns text around, or means nothing.
    Forbidden(char),
}

impl TextError {
    /// What is wrong with `what` (“title”) and how to mend it.
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

/// One line: in NFC, without what has no looks, trimmed, each run of white space one space.
///
/// # Errors
/// [`TextError`], also for text of invisible characters alone.
pub fn line(text: &str, max: usize) -> Result<String, TextError> {
    let seen = seen(text);
    let line = seen.trim_matches(|c: char| c.is_whitespace() || is_direction(c));
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    check(&line, max, |_| false)?;
    if line.chars().all(is_blank) { Err(TextError::Empty) } else { Ok(line) }
}

/// Any number of lines, or none: in NFC, without what has no looks, with `\n` between lines and nothing blank at the end.
///
/// # Errors
/// [`TextError`], but never [`TextError::Empty`].
pub fn paragraphs(text: &str, max: usize) -> Result<String, TextError> {
    let text = seen(text).replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let text = text.split('\n').map(|line| line.trim_matches(is_direction)).collect::<Vec<_>>().join("\n");
    let text = if text.chars().all(is_blank) { "" } else { text.trim_end() };
    check(text, max, |c| c == '\n' || c == '\t')?;
    Ok(text.to_owned())
}

/// Whether there is nothing to read in a text.
pub fn is_empty(text: &str) -> bool {
    text.chars().all(|c| is_blank(c) || is_nothing(c) || is_direction(c))
}

/// In NFC, without what has no looks.
fn seen(text: &str) -> String {
    text.chars().filter(|c| !is_nothing(*c)).nfc().collect()
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
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
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

/// Controls, what turns text around, what takes room and shows nothing, and what is no character of Unicode's.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || !is_public_assigned(c)
        || is_direction(c)
        || matches!(c,
            '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
            | '\u{2028}'..='\u{202E}' | '\u{2065}'..='\u{206F}'
            | '\u{3164}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFC}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E00FF}')
}

/// What shows nothing by itself: space, joiners, variation selectors, marks, the empty pattern of Braille.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || is_combining_mark(c)
        || matches!(c, '\u{200C}' | '\u{200D}' | '\u{2800}' | '\u{FE00}'..='\u{FE0F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_names_read_well() {
        let places = [1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 1002].map(ordinal);
        let written = ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "101st", "111th", "1002nd"];
        assert_eq!(places, written);
        let names = ["Gummi", "Pita", "Cleo"].map(str::to_owned);
        let written = ["", "Gummi", "Gummi and Pita", "Gummi, Pita and Cleo"];
        assert_eq!([0, 1, 2, 3].map(|n| listed(&names[..n])), written);
    }

    #[test]
    fn a_line_is_made_regular() {
        assert_eq!(line("  Fruit \t\n Gummi\u{A0}", 50), Ok("Fruit Gummi".into()));
        assert_eq!(line("Cafe\u{301}", 4), Ok("Café".into()));
        assert_eq!(line(" \n ", 50), Err(TextError::Empty));
        assert_eq!(line("\u{200D}\u{FE0F} \u{301}", 50), Err(TextError::Empty));
        assert_eq!(line("äöü", 2), Err(TextError::TooLong { length: 3, max: 2 }));
    }

    #[test]
    fn what_hides_is_refused() {
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
    fn what_has_no_looks_is_dropped() {
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
    fn mistakes_are_said_with_their_mend() {
        assert_eq!(TextError::Empty.sentence("title"), "Enter the title.");
        let long = TextError::TooLong { length: 12_300, max: 10_000 };
        assert_eq!(long.sentence("text"), "The text has 12,300 characters; 10,000 are the most.");
        assert!(TextError::Forbidden('\u{202E}').sentence("title").contains("(U+202E). Take it out."));
    }
}
