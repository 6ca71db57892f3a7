//! What comes along unseen when a text is typed or pasted. Pure.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// Punctuation that a sentence or a mail puts around a link or a code.
const AROUND: &str = ".,;:!?()[]{}<>*|\"'`“”„‟‘’‚«»‹›…";

/// Whether a character has no looks, and no script or emoji needs it: it can go.
pub(super) fn is_nothing(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

/// Whether it is a mark that says in which direction the text beside it runs: at the ends of a line it shows nothing.
pub(super) fn is_direction(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}')
}

/// A number, a code or an address as it is meant: in plain letters and digits instead of full-width ones, without what
/// has no looks, and trimmed.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text.trim());
    }
    let plain: String = text.nfkc().filter(|c| !is_nothing(*c)).collect();
    Cow::Owned(plain.trim_matches(|c: char| c.is_whitespace() || is_direction(c)).to_owned())
}

/// The same without the punctuation of a sentence or a mail around it.
pub fn bare(text: &str) -> String {
    plain(text).trim_matches(|c: char| c.is_whitespace() || is_direction(c) || AROUND.contains(c)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_along_goes() {
        for text in ["１２", " 12 ", "\u{FEFF}12", "1\u{AD}2", "\u{200E}12\u{200F}", "12\u{200B}", "\t１2\r\n"] {
            assert_eq!(plain(text), "12", "{text:?}");
        }
        assert_eq!(plain("２０２６-０５-０３　０９：００"), "2026-05-03 09:00");
        for text in ["first.", "(first)", "<first>,", "“first”.", "first\u{200B}.", "first…", " first) "] {
            assert_eq!(bare(text), "first", "{text:?}");
        }
        assert_eq!((plain("1."), bare("-a_b-")), ("1.".into(), "-a_b-".into()));
        assert_eq!(plain("\u{202E}12"), "\u{202E}12", "what turns text around stays, to be refused");
    }
}
