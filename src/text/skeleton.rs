//! What a text looks like, so that two choices can’t be taken for one another.

use unicode_normalization::UnicodeNormalization as _;

/// The same for texts that look alike: the confusable skeleton of UTS 39 (section 4), blind to case.
///
/// Case comes first, and for a letter whose small form looks like no Latin one its capital decides, so that
/// `В` and `в` are `b`. Marks count: `cafe` and `café` differ. So do `I` and `l`, or `Ice` were not `ice`.
pub fn skeleton(label: &str) -> String {
    let plain: String = label.nfkd().flat_map(prototype).nfd().collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What one character looks like, in small letters.
fn prototype(c: char) -> Vec<char> {
    if matches!(c, '\u{E0020}'..='\u{E007F}') {
        return vec![c]; // Tells the flags of England and Scotland apart.
    }
    let looks = |text: String| unicode_security::skeleton(&text).collect::<String>().to_lowercase();
    let letter = c.to_lowercase().collect::<String>();
    let small = looks(letter.clone());
    let shown = if small.is_ascii() {
        small
    } else {
        Some(looks(letter.to_uppercase())).filter(|capital| capital.is_ascii()).unwrap_or(small)
    };
    shown.chars().collect()
}

#[cfg(test)]
mod tests {
    use super::{super::TAGGED_FLAGS, skeleton};

    #[test]
    fn what_looks_alike_has_one_skeleton() {
        let alike = ["Pita", "pita", "PITA", "Рita", "рitа", "Pita ", " Ｐita", "Pi\u{200D}ta", "𝐏𝐢𝐭𝐚", "Ρita"];
        for label in alike {
            assert_eq!(skeleton(label), skeleton("Pita"), "{label:?}");
        }
        for (one, other) in [
            ("ВОВ", "bob"),
            ("вита", "ВИТА"),
            ("Ηat", "hat"),
            ("10", "lO"),
            ("Modern", "modem"),
            ("Straße", "STRAẞE"),
            ("Straße", "Strasse"),
            ("Café", "CAFÉ"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        for (one, other) in [
            ("cafe", "café"),
            ("Rocky I", "Rocky II"),
            ("Mali", "Mall"),
            ("Pita", "Pitta"),
            ("ab", "a b"),
            (TAGGED_FLAGS[0], TAGGED_FLAGS[1]),
            ("東京", "京都"),
        ] {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }
}
