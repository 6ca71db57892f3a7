//! The names in a BLT file: after the ballots, one on each line, with or without quotation marks, and the title last.

use super::{
    FormatError,
    source::{Source, short},
};

/// A name and its place in the file.
pub(super) struct Line<'t> {
    pub name: String,
    pub at: &'t str,
}

/// Reads the names of `number` choices, and the title where there is one. Anything else is an error.
///
/// Programs write one name on each line, with or without quotation marks, and some write a party in quotation marks after
/// it. The format also allows several names in quotation marks on a line.
pub(super) fn read<'t>(source: Source<'t>, text: &'t str, number: usize) -> Result<Vec<Line<'t>>, FormatError> {
    let is_comment =
        |line: &str| line.strip_prefix('#').is_some_and(|rest| !rest.starts_with(|c: char| !c.is_whitespace()));
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_comment(line)) {
        check(source, line)?;
        lines.push(parts(source, line)?);
    }
    let parts: usize = lines.iter().map(Vec::len).sum();
    let is_quoted = lines.iter().flatten().all(|part| part.at.starts_with('"'));
    let second = lines.iter().find_map(|line| line.get(1)).filter(|part| !part.name.trim().is_empty());
    // Either there is no title, and one line has a name and a party; or there is one, and a line has two names.
    if let Some(second) = second.filter(|_| is_quoted && lines.len() == number && parts == number + 1) {
        let what = format!(
            "“{}” may be a name or the party of the one before it. Put each name and the title on a line of its own.",
            short(&second.name)
        );
        return Err(source.error(second.at, what));
    }
    let names: Vec<Line<'t>> = if is_quoted && lines.len() != number && (parts == number || parts == number + 1) {
        lines.into_iter().flatten().collect()
    } else {
        lines.into_iter().filter_map(joined).collect()
    };
    if names.len() < number {
        let what = format!("The file ends before the name of each choice: there are {} of {number}.", names.len());
        return Err(source.error_at(usize::MAX, what));
    }
    if let Some(line) = names.get(number + 1) {
        let what = format!(
            "“{}” stands after the names of {number} choices and the title. Take it out, or change the number of choices.",
            short(line.at)
        );
        return Err(source.error(line.at, what));
    }
    Ok(names)
}

/// Refuses a line that may be a comment or a ballot and has no quotation marks.
fn check(source: Source<'_>, line: &str) -> Result<(), FormatError> {
    let what = if line.starts_with('#') {
        "may be a name or a comment. Put a name between quotation marks, and a space behind the # of a comment."
    } else if is_ballot(line) {
        "looks like a ballot, but the ballots have ended above. Take the 0 above it out; put a name between quotation \
         marks."
    } else {
        return Ok(());
    };
    Err(source.error(line, format!("“{}” {what}", short(line))))
}

/// Whether a line looks like a ballot: numbers, the last of them 0.
fn is_ballot(line: &str) -> bool {
    let is_rank = |word: &str| word == "-" || word.split('=').all(|part| part.parse::<u32>().is_ok());
    let line = line.split_once(')').filter(|(id, _)| id.starts_with('(')).map_or(line, |(_, rest)| rest);
    line.split_whitespace().next_back() == Some("0") && line.split_whitespace().all(is_rank)
}

/// The names in quotation marks on a line, or the whole line where it has none.
fn parts<'t>(source: Source<'t>, line: &'t str) -> Result<Vec<Line<'t>>, FormatError> {
    let mut parts = Vec::new();
    let mut rest = line;
    while rest.starts_with('"') {
        let end =
            closing(&rest[1..]).ok_or_else(|| source.error(rest, "The quotation mark after this name is missing."))?;
        let (at, after) = rest.split_at(end + 2);
        parts.push(Line { name: unquoted(&at[1..=end]), at });
        rest = after.trim_start();
    }
    if !parts.is_empty() && !rest.is_empty() && !rest.starts_with('#') {
        let what = format!("“{}” stands after a name in quotation marks. Put it inside them.", short(rest));
        return Err(source.error(rest, what));
    }
    if parts.is_empty() {
        parts.push(Line { name: line.to_owned(), at: line });
    }
    Ok(parts)
}

/// A name from the parts of a line: the name itself and the party.
fn joined(parts: Vec<Line<'_>>) -> Option<Line<'_>> {
    let at = parts.first()?.at;
    let names: Vec<String> = parts.into_iter().map(|part| part.name).filter(|name| !name.trim().is_empty()).collect();
    Some(Line { name: names.join(", "), at })
}

/// The position of the closing quotation mark: one that is neither doubled nor escaped with a backslash.
fn closing(inner: &str) -> Option<usize> {
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next_if(|(_, next)| matches!(next, '"' | '\\'));
            }
            '"' if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                chars.next();
            }
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// The text between quotation marks, with its escaped quotation marks replaced.
fn unquoted(inner: &str) -> String {
    let mut name = String::with_capacity(inner.len());
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        let second = match c {
            '\\' => chars.next_if(|next| matches!(next, '"' | '\\')),
            '"' => chars.next_if_eq(&'"'),
            _ => None,
        };
        name.push(second.unwrap_or(c));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, number: usize) -> Result<Vec<String>, String> {
        let names = read(Source(text), text, number).map_err(|error| error.to_string())?;
        Ok(names.into_iter().map(|line| line.name).collect())
    }

    #[test]
    fn names_are_read_as_programs_write_them() {
        for (text, number, wanted) in [
            ("\"Ada\"\n\"Ben\"\n\"Title\"\n", 2, vec!["Ada", "Ben", "Title"]),
            ("\"Ada\" \"Ben\" \"Title\"", 2, vec!["Ada", "Ben", "Title"]),
            ("\"Ada\" \"Ben\"\n\"Cleo\" \"Title\"", 3, vec!["Ada", "Ben", "Cleo", "Title"]),
            ("\"#1 Fan\"\n\"Ben\" #1\n# Title", 2, vec!["#1 Fan", "Ben"]),
            ("Ada LOVE (Ind)\r\nBen DOE (Lab)\r\nWard 9\r\n", 2, vec!["Ada LOVE (Ind)", "Ben DOE (Lab)", "Ward 9"]),
            ("\u{a0}Ada\tLOVE\nMeasure #2\n# a comment\n", 2, vec!["Ada\tLOVE", "Measure #2"]),
            ("\"Ada\" # the first\n\"Measure #2\"\n", 2, vec!["Ada", "Measure #2"]),
            ("\"Ada \"\"A\"\" Love\"\n\"Ben \\\"B\\\" \\\\\"\n\"\"", 2, vec!["Ada \"A\" Love", "Ben \"B\" \\", ""]),
            ("\"Ann\" \"Green\"\n\"Bob\" \"Red\"\n\"Ward\"", 2, vec!["Ann, Green", "Bob, Red", "Ward"]),
            ("\"Ann\" \"\"\n\"Bob\" \"Red\"\n\"Cy\" \"\"", 3, vec!["Ann", "Bob, Red", "Cy"]),
            ("\"Ada\"\nBen DOE\nTitle", 2, vec!["Ada", "Ben DOE", "Title"]),
        ] {
            assert_eq!(names(text, number).unwrap(), wanted, "{text}");
        }
    }

    #[test]
    fn anything_else_is_an_error_with_its_line() {
        for (text, number, wanted) in [
            ("Ada\nBen\nTitle\nand more\n", 2, "4:1: “and more” stands after"),
            ("Ada\n", 2, "2:1: The file ends before the name of each choice: there are 1 of 2."),
            ("\"Ada\" Love\n\"Ben\"\n", 2, "1:7: “Love” stands after a name"),
            ("\"Ann\" \"Green\"\n\"Bob\"\n\"Cy\"\n", 3, "1:7: “Green” may be a name or the party"),
            ("\"Ada\" \"Ben\"\n\"Title\"", 2, "1:7: “Ben” may be a name or the party"),
            ("#1 Fan\nBen\nTitle\n", 2, "1:1: “#1 Fan” may be a name or a comment."),
            ("9 2 0\n\"A\"\n\"B\"\n\"C\"\n", 3, "1:1: “9 2 0” looks like a ballot"),
            ("(7) 1 2=3 - 0\nA\nB\nC\n", 3, "1:1: “(7) 1 2=3 - 0” looks like a ballot"),
            ("0\n\"A\"\n\"B\"\n", 2, "1:1: “0” looks like a ballot"),
            ("\"Ada\n\"Ben\"\n", 2, "1:1: The quotation mark after this name is missing."),
        ] {
            let error = names(text, number).unwrap_err();
            assert!(error.starts_with(wanted), "{text}: {error}");
        }
    }
}
