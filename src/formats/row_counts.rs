//! The number of ballots at the beginning of a row, such as `3: Ada > Ben`. Names may begin with digits too, such as
//! `12 Angry Men`, `18:00` and `2001: A Space Odyssey`; what can be either is an error.

use std::collections::{HashMap, HashSet};

/// The number at the beginning of a row, and the rest, where a sign follows the number: `3:`, `3 ×`, `3*`, or `3x` and a
/// space.
pub(super) fn counted(row: &str) -> Option<(&str, &str)> {
    let digits = row.bytes().take_while(u8::is_ascii_digit).count();
    let (number, after) = row.split_at(digits);
    let sign = after.trim_start();
    let rest = match sign.chars().next()? {
        _ if digits == 0 => return None,
        c @ (':' | '×' | '*') => &sign[c.len_utf8()..],
        // A name may begin with an x.
        'x' | 'X' => sign[1..].strip_prefix(char::is_whitespace)?,
        _ => return None,
    };
    Some((number, rest.trim()))
}

/// The number at the beginning of a row, and the rest, where only a space follows the number: `3 Ada > Ben`.
fn spaced(row: &str) -> Option<(&str, &str)> {
    let (number, rest) = row.split_once(char::is_whitespace)?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && row.contains('>')).then(|| (number, rest.trim())).filter(|(_, rest)| !rest.starts_with(['>', '=']))
}

/// What all rows of rankings together say about which texts are names.
pub(super) struct Names<'t> {
    /// The names in rows that have a `>` or a number of ballots.
    known: HashSet<&'t str>,
    /// The names behind a `>` or `=`, where no number of ballots can be.
    lower: HashSet<&'t str>,
    /// For each name, the numbers before it.
    numbers: HashMap<&'t str, HashSet<&'t str>>,
}

impl<'t> Names<'t> {
    /// The names in these rows.
    pub(super) fn of(rows: &[&'t str]) -> Self {
        let mut names = Self { known: HashSet::new(), lower: HashSet::new(), numbers: HashMap::new() };
        for row in rows {
            let mut parts = row.split(['>', '=']).map(str::trim);
            let first = parts.next().unwrap_or_default();
            match counted(row).or_else(|| spaced(row)) {
                Some((number, rest)) => {
                    let first = rest.split(['>', '=']).next().unwrap_or_default().trim();
                    names.numbers.entry(first).or_default().insert(number);
                    names.known.insert(first);
                }
                None if row.contains('>') => {
                    names.known.insert(first);
                }
                None => continue,
            }
            for name in parts {
                names.known.insert(name);
                names.lower.insert(name);
            }
        }
        names
    }

    /// Whether a text is a name in a row that is certainly a ballot.
    pub(super) fn is_known(&self, name: &str) -> bool {
        self.known.contains(name)
    }

    /// The number of ballots at the beginning of a row, and the rest; `None` where it has none.
    ///
    /// # Errors
    /// A sentence where the number may be a part of the first name.
    pub(super) fn count(&self, row: &'t str) -> Result<Option<(&'t str, &'t str)>, String> {
        let first = row.split(['>', '=']).next().unwrap_or_default().trim();
        let start = super::source::short(first);
        let unclear = |number: &str| {
            Err(format!(
                "“{start}” may be a name or begin with a number of ballots. Write “{number}: ” before the name for so many \
                 ballots, or “1: ” before all of it for one."
            ))
        };
        let is_name = self.lower.contains(first);
        if let Some((number, rest)) = counted(row) {
            return if is_name || is_time(first) { unclear(number) } else { Ok(Some((number, rest))) };
        }
        if let Some((number, rest)) = spaced(row) {
            let name = rest.split(['>', '=']).next().unwrap_or_default().trim();
            let counts = self.lower.contains(name) || self.numbers.get(name).is_some_and(|numbers| numbers.len() > 1);
            return if is_name || !counts { unclear(number) } else { Ok(Some((number, rest))) };
        }
        if looks_counted(first) && !is_name { unclear("3") } else { Ok(None) }
    }
}

/// Whether a name begins with a time of day, such as `18:00`.
fn is_time(name: &str) -> bool {
    let Some((hour, rest)) = name.split_once(':') else { return false };
    let minute: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (1..3).contains(&hour.len())
        && hour.parse().is_ok_and(|hour: u8| hour < 25)
        && minute.len() == 2
        && minute.parse().is_ok_and(|minute: u8| minute < 60)
}

/// Whether a text begins with what people write for a number of ballots, but not as it is read: `1,000: Ada`, `2.5: Ada`,
/// `10xAda`, `10 votes: Ada`, `1) Ada`.
fn looks_counted(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’' | '\u{a0}' | '\u{202f}');
    let rest = name.trim_start_matches(is_part);
    if !name.starts_with(|c: char| c.is_ascii_digit()) || rest.is_empty() {
        return false;
    }
    let after_sign = rest.trim_start_matches(|c: char| !c.is_alphanumeric() && !c.is_whitespace());
    rest.contains(':') || after_sign.starts_with(char::is_whitespace) || rest.starts_with(['x', 'X', '×', '*'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_counts_ballots_where_it_can_be_nothing_else() {
        let count = |rows: &[&'static str]| {
            let counts: Result<Vec<_>, String> = rows.iter().map(|row| Names::of(rows).count(row)).collect();
            counts.map(|rows| rows.into_iter().map(|row| row.map_or("", |(number, _)| number)).collect::<Vec<_>>())
        };
        let counts = |rows: &[&'static str]| count(rows).unwrap();
        assert_eq!(
            counts(&["3: Ada > Ben", "2x Ben > Ada", "4 × Ben", "1*Ada>Ben", "2:1>3"]),
            ["3", "2", "4", "1", "2"]
        );
        assert_eq!(counts(&["3 Ada > Ben", "2 Ben > Ada"]), ["3", "2"]);
        assert_eq!(counts(&["3 Ada > Ben", "2 Ada > Cleo"]), ["3", "2"]);
        assert_eq!(counts(&["7up > 3D", "1984 > 2001", "2.5 > 1,000", "1: 18:00 > 19:00"]), ["", "", "", "1"]);
        for rows in [
            &["12 Angry Men > Alien"][..],
            &["12 Angry Men > Alien", "Alien > 12 Angry Men"],
            &["12 Angry Men > Alien", "12 Monkeys > Alien"],
            &["18:00 > 19:00"],
            &["2001: A Space Odyssey > Alien", "Alien > 2001: A Space Odyssey"],
            &["1,000: Ada > Ben"],
            &["1.000: Ada > Ben"],
            &["1\u{a0}000: Ada > Ben"],
            &["1 000: Ada > Ben"],
            &["2.5: Ada > Ben"],
            &["10xAda > Ben"],
            &["10 votes: Ada > Ben"],
            &["10 votes Ada > Ben"],
            &["1) Ada > Ben", "2) Ben > Ada"],
            &["1. Ada > Ben", "2. Ben > Ada"],
        ] {
            assert!(count(rows).is_err(), "{rows:?}");
        }
    }
}
