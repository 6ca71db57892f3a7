//! Numbers and names in sentences.

use crate::{
    count::{DefeatSize, Number},
    text::isolated,
};

/// So many of what is counted: `1 vote`, `12.5 votes`.
pub fn written(number: &Number, what: &str) -> String {
    format!("{number} {what}{}", if *number == Number::from(1) { "" } else { "s" })
}

/// `1 ballot`, `1,204 ballots`.
pub fn ballots(number: u64) -> String {
    written(&Number::from(number), "ballot")
}

/// The size of a defeat: `60 votes`, `a margin of 20`.
pub fn defeat(size: DefeatSize) -> String {
    match size {
        DefeatSize::Votes(votes) => written(&Number::from(votes), "vote"),
        DefeatSize::Margin(margin) => format!("a margin of {}", Number::from(margin)),
    }
}

/// A part of a whole that is not 0, in percent with one decimal.
pub fn share(part: &Number, whole: &Number) -> String {
    let permille = part.permille(whole);
    format!("{}.{}%", permille / 10, permille % 10)
}

/// The labels of choices: `Gummi`, `Gummi and Pita`, `Gummi, Pita and Cleo`.
pub fn named(labels: &[&str], choices: &[usize]) -> String {
    named_up_to(labels, choices, usize::MAX)
}

/// The same, or where there are more than `most` and several, how many there are: `40 choices`.
pub fn named_up_to(labels: &[&str], choices: &[usize], most: usize) -> String {
    match choices {
        [] => String::new(),
        [one] => isolated(labels[*one]).into_owned(),
        [first @ .., last] if choices.len() <= most => {
            let first: Vec<_> = first.iter().map(|choice| isolated(labels[*choice])).collect();
            format!("{} and {}", first.join(", "), isolated(labels[*last]))
        }
        _ => format!("{} choices", choices.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_read_well() {
        assert_eq!(share(&Number::from(0), &Number::from(0)), "0.0%");
        assert_eq!(share(&Number::from(2), &Number::from(3)), "66.7%");
    }

    #[test]
    fn choices_are_named_or_numbered() {
        let labels = ["Gummi", "Pita", "Cleo"];
        assert_eq!(named(&labels, &[]), "");
        assert_eq!(named(&labels, &[2]), "Cleo");
        assert_eq!(named(&labels, &[0, 1, 2]), "Gummi, Pita and Cleo");
        assert_eq!(named_up_to(&labels, &[0, 1, 2], 2), "3 choices");
        let labels = ["Gummi", "20:30 בערב", "شاي", "甜甜圈"];
        assert_eq!(named(&labels, &[0, 1, 2, 3]), "Gummi, \u{2068}20:30 בערב\u{2069}, \u{2068}شاي\u{2069} and 甜甜圈");
    }
}
