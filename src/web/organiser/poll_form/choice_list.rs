//! The buttons of the list of choices. A press sends the form, which comes back as it was typed with the list changed;
//! nothing is saved.

use std::collections::HashSet;

use super::{ChoiceRow, PollForm};
use crate::{models::choice::MOST_CHOICES, text};

impl ChoiceRow {
    /// Its place as it was typed into the row with this index; otherwise where it stands.
    pub(super) fn place(&self, index: usize) -> usize {
        text::plain(&self.place).parse().unwrap_or(index + 1)
    }
}

impl PollForm {
    /// Does what a button says: `add` gives each line of the field for more choices a row; `up-2`, `down-2` and `remove-2`
    /// move or remove the row with this index; `template-date` fills in what that template says. Anything else changes
    /// nothing.
    pub fn press(&mut self, button: &str) {
        if let Some(word) = button.strip_prefix("template-") {
            return self.fill_in(word);
        }
        let (what, index) = match button.split_once('-') {
            Some((what, index)) => (what, index.parse().ok()),
            None => (button, None),
        };
        let pressed = index.filter(|index| *index < self.rows.len());
        let mut rows: Vec<(usize, ChoiceRow)> = self.rows.drain(..).enumerate().collect();
        rows.sort_by_key(|(index, row)| row.place(*index));
        let at = rows.iter().position(|(index, _)| Some(*index) == pressed);
        self.rows = rows.into_iter().map(|(_, row)| row).collect();
        match (what, at) {
            ("add", _) => {
                let row = |(_, line): (usize, &str)| ChoiceRow { label: line.trim().into(), ..ChoiceRow::default() };
                let new: Vec<ChoiceRow> = unnumbered(self.lines()).into_iter().map(row).collect();
                let is_possible = !new.is_empty() && self.rows.len() + new.len() <= MOST_CHOICES;
                self.focus = if is_possible { format!("label-{}", self.rows.len()) } else { "choices".into() };
                if is_possible {
                    self.rows.extend(new);
                    self.choices.clear();
                }
            }
            ("up", Some(at)) => self.swap(at, at.saturating_sub(1), "up"),
            ("down", Some(at)) => self.swap(at, at + 1, "down"),
            ("remove", Some(at)) => {
                self.rows.remove(at);
                let next = at.min(self.rows.len().saturating_sub(1));
                self.focus = if self.rows.is_empty() { "choices".into() } else { format!("remove-{next}") };
            }
            _ => {}
        }
        for (place, row) in (1..).zip(&mut self.rows) {
            row.place = place.to_string();
        }
    }

    /// The lines of the field for more choices that say something, each with its number from 1. Where somebody pasted a
    /// list, the bullets before all of its lines are left out.
    pub(super) fn lines(&self) -> Vec<(usize, &str)> {
        let lines = (1..).zip(self.choices.lines()).filter(|(_, line)| !text::is_empty(line)).collect();
        without(lines, |_, line| line.strip_prefix(['-', '*', '•', '‣', '◦', '·', '–']))
    }

    /// Swaps two rows; the focus stays on the button by which the first is moved, where that can go on.
    fn swap(&mut self, at: usize, to: usize, button: &str) {
        let last = self.rows.len().saturating_sub(1);
        if to <= last {
            self.rows.swap(at, to);
        }
        let button = match to {
            0 => "down",
            to if to >= last => "up",
            _ => button,
        };
        self.focus = format!("{button}-{}", to.min(last));
    }
}

/// The same without numbers from 1 on before all lines. They may be names, `1. May` and `2. June`, so only where the
/// organiser sees what becomes of them.
fn unnumbered(lines: Vec<(usize, &str)>) -> Vec<(usize, &str)> {
    without(lines, |place, line| line.strip_prefix(&place.to_string())?.strip_prefix(['.', ')']))
}

/// The lines without the mark that `strip` takes from each of them, by its place from 1; as they are, where one has none or
/// two would become equal.
fn without<'l>(
    lines: Vec<(usize, &'l str)>,
    strip: impl Fn(usize, &'l str) -> Option<&'l str>,
) -> Vec<(usize, &'l str)> {
    let unmarked = |(place, (number, line)): (usize, (usize, &'l str))| {
        let marked = strip(place, line.trim_start())?;
        let rest = marked.trim_start();
        (rest.len() < marked.len() && !text::is_empty(rest)).then_some((number, rest))
    };
    let stripped: Option<Vec<(usize, &str)>> = (1..).zip(lines.iter().copied()).map(unmarked).collect();
    let differ = |stripped: &Vec<(usize, &str)>| {
        stripped.len() > 1 && stripped.iter().map(|(_, line)| line).collect::<HashSet<_>>().len() == stripped.len()
    };
    stripped.filter(differ).unwrap_or(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(labels: &[&str]) -> PollForm {
        let row = |label: &&str| ChoiceRow { label: (*label).into(), ..ChoiceRow::default() };
        PollForm { rows: labels.iter().map(row).collect(), ..PollForm::default() }
    }

    fn after(mut form: PollForm, button: &str) -> (String, String) {
        form.press(button);
        (form.rows.iter().map(|row| format!("{}{}", row.place, row.label)).collect(), form.focus)
    }

    #[test]
    fn a_button_moves_or_removes_its_row_and_keeps_the_focus_there() {
        for (button, list, focus) in [
            ("up-2", "1a2c3b4d", "up-1"),
            ("up-1", "1b2a3c4d", "down-0"),
            ("up-0", "1a2b3c4d", "down-0"),
            ("down-0", "1b2a3c4d", "down-1"),
            ("down-2", "1a2b3d4c", "up-3"),
            ("down-3", "1a2b3c4d", "up-3"),
            ("remove-1", "1a2c3d", "remove-1"),
            ("remove-3", "1a2b3c", "remove-2"),
            ("remove-4", "1a2b3c4d", ""),
            ("up-", "1a2b3c4d", ""),
            ("preview", "1a2b3c4d", ""),
        ] {
            assert_eq!(after(form(&["a", "b", "c", "d"]), button), (list.into(), focus.into()), "{button}");
        }
        assert_eq!(after(form(&["a"]), "remove-0"), (String::new(), "choices".into()));
    }

    #[test]
    fn typed_places_count_before_a_button_does() {
        let mut list = form(&["a", "b", "c"]);
        list.rows[0].place = "3".into();
        list.rows[1].place = "1".into();
        list.rows[2].place = "rubbish".into();
        // b, then a and c, which both say 3.
        assert_eq!(after(list, "up-2"), ("1b2c3a".into(), "up-1".into()));
    }

    #[test]
    fn a_pasted_list_loses_its_bullets_and_where_it_is_seen_its_numbers() {
        for (pasted, lines, rows) in [
            ("- Tea\n- Coffee", vec!["Tea", "Coffee"], vec!["Tea", "Coffee"]),
            ("•\tTea\n\n • Coffee", vec!["Tea", "Coffee"], vec!["Tea", "Coffee"]),
            ("1. Tea\n2. 4. Liga", vec!["1. Tea", "2. 4. Liga"], vec!["Tea", "4. Liga"]),
            ("1) Tea\n2) Coffee", vec!["1) Tea", "2) Coffee"], vec!["Tea", "Coffee"]),
            // These are names.
            ("1. FC Köln\n1. FC Union", vec!["1. FC Köln", "1. FC Union"], vec!["1. FC Köln", "1. FC Union"]),
            ("2. Bundesliga\n3. Liga", vec!["2. Bundesliga", "3. Liga"], vec!["2. Bundesliga", "3. Liga"]),
            ("1. Mai\n2. Mai", vec!["1. Mai", "2. Mai"], vec!["1. Mai", "2. Mai"]),
            ("- Tea\nCoffee", vec!["- Tea", "Coffee"], vec!["- Tea", "Coffee"]),
            ("-5\n-10", vec!["-5", "-10"], vec!["-5", "-10"]),
            ("- Tea", vec!["- Tea"], vec!["- Tea"]),
            ("- \n- ", vec!["- ", "- "], vec!["-", "-"]),
        ] {
            let mut form = PollForm { choices: pasted.into(), ..PollForm::default() };
            assert_eq!(form.lines().into_iter().map(|(_, line)| line).collect::<Vec<_>>(), lines, "{pasted:?}");
            form.press("add");
            assert_eq!(form.rows.iter().map(|row| row.label.as_str()).collect::<Vec<_>>(), rows, "{pasted:?}");
        }
    }

    #[test]
    fn more_lines_than_a_poll_can_have_stay_lines() {
        let mut list = form(&["a"]);
        list.choices = "b\n".repeat(MOST_CHOICES);
        list.press("add");
        assert_eq!((list.rows.len(), list.choices.len(), list.focus.as_str()), (1, 2 * MOST_CHOICES, "choices"));
        list.choices = " \n".into();
        list.press("add");
        assert_eq!((list.rows.len(), list.focus.as_str()), (1, "choices"));
    }

    #[test]
    fn each_line_becomes_a_row() {
        let mut list = form(&["a"]);
        list.choices = " b \n\n\u{200b}\nc, d".into();
        list.press("add");
        let labels: Vec<&str> = list.rows.iter().map(|row| row.label.as_str()).collect();
        assert_eq!((labels, list.choices.as_str(), list.focus.as_str()), (vec!["a", "b", "c, d"], "", "label-1"));
    }
}
