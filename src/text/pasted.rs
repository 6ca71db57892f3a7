//! Removes what is pasted together with a text: invisible characters and punctuation. Pure.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// Punctuation that may be around a link or a code in a sentence or a mail.
const PUNCTUATION: &str = ".,;:!?()[]{}<>*|\"'`“”„‟‘’‚«»‹›…";

/// Whether a character is invisible and no script or emoji needs it, so that it can be removed.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

/// Whether a character is a mark for the direction of the text beside it, which has no effect at the ends of a line.
pub(super) fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}')
}

/// A number, a code or a URL, normalised: full-width letters and digits are replaced by plain ones, invisible characters
/// are removed, and the text is trimmed.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text.trim());
    }
    let plain: String = text.nfkc().filter(|c| !is_invisible(*c)).collect();
    Cow::Owned(plain.trim_matches(|c: char| c.is_whitespace() || is_direction_mark(c)).to_owned())
}

/// The same without the punctuation around it.
pub fn bare(text: &str) -> String {
    plain(text).trim_matches(|c: char| c.is_whitespace() || is_direction_mark(c) || PUNCTUATION.contains(c)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_and_punctuation_are_removed() {
        for text in ["１２", " 12 ", "\u{FEFF}12", "1\u{AD}2", "\u{200E}12\u{200F}", "12\u{200B}", "\t１2\r\n"] {
            assert_eq!(plain(text), "12", "{text:?}");
        }
        assert_eq!(plain("２０２６-０５-０３　０９：００"), "2026-05-03 09:00");
        for text in ["first.", "(first)", "<first>,", "“first”.", "first\u{200B}.", "first…", " first) "] {
            assert_eq!(bare(text), "first", "{text:?}");
        }
        assert_eq!((plain("1."), bare("-a_b-")), ("1.".into(), "-a_b-".into()));
        assert_eq!(plain("\u{202E}12"), "\u{202E}12", "a character that reverses text stays, and is refused later");
    }
}
