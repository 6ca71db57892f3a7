//! Skeletons: two labels that look alike have the same one, so that no two choices can be confused.

use unicode_normalization::UnicodeNormalization as _;

/// The skeleton of a text: the confusable skeleton of UTS 39 (section 4), without case.
///
/// Letters are lower-cased first. Where the lower-case letter does not look like a Latin one, the upper-case letter
/// decides, so that `В` and `в` are `b`. Diacritics count: `cafe` and `café` differ. `I` and `l` differ too, because `Ice`
/// must be `ice`.
pub fn skeleton(label: &str) -> String {
    let plain: String = label.nfkd().flat_map(prototype).nfd().collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a character looks like, in lower case.
fn prototype(c: char) -> Vec<char> {
    if matches!(c, '\u{E0020}'..='\u{E007F}') {
        return vec![c]; // These distinguish the flags of England and Scotland.
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
    fn labels_that_look_alike_have_the_same_skeleton() {
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
