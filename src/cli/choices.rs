//! The choices on a command line: `--choice LABEL`, each followed by its details; and keys for choices without one.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, error::ErrorKind};

use crate::{marks, models::choice::NewChoice};

const CHOICE: &str = "choice";
const DETAILS: [(&str, &str, &str); 3] = [
    ("key", "KEY", "The key of the choice before it, in place of one from its label"),
    ("about", "TEXT", "One line about the choice before it"),
    ("picture", "FILE", "A picture for the choice before it: the name of a file under static/"),
];

/// The choices of a new poll, in the order of the ballot.
#[derive(Debug)]
pub struct ChoiceArgs(pub Vec<NewChoice>);

impl Args for ChoiceArgs {
    fn augment_args(command: Command) -> Command {
        let choice = Arg::new(CHOICE).long(CHOICE).value_name("LABEL").required(true).action(ArgAction::Append);
        DETAILS.iter().fold(
            command.arg(choice.help("A choice; say it once for each")),
            |command, (name, value, help)| {
                command.arg(Arg::new(*name).long(*name).value_name(*value).help(*help).action(ArgAction::Append))
            },
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ChoiceArgs {
    /// Each detail belongs to the last `--choice` before it on the command line.
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let refuse = |why: String| clap::Error::raw(ErrorKind::ValueValidation, format!("{why}\n"));
        let labels = given(matches, CHOICE);
        let mut choices: Vec<NewChoice> = labels
            .iter()
            .map(|(_, label)| NewChoice { key: String::new(), label: (*label).clone(), ..NewChoice::default() })
            .collect();
        for (name, ..) in DETAILS {
            let mut last = None;
            for (index, value) in given(matches, name) {
                let before = labels.iter().rposition(|(choice, _)| *choice < index);
                let choice = before
                    .and_then(|i| choices.get_mut(i))
                    .ok_or_else(|| refuse(format!("--{name} {value} stands before any --choice")))?;
                if last == before {
                    return Err(refuse(format!("--{name} stands twice behind --choice {}", choice.label)));
                }
                last = before;
                match name {
                    "key" => choice.key.clone_from(value),
                    "about" => choice.description.clone_from(value),
                    _ => choice.picture = Some(value.clone()),
                }
            }
        }
        for choice in choices.iter_mut().filter(|choice| choice.key.is_empty()) {
            choice.key = marks::key_from_label(&choice.label);
        }
        Ok(Self(choices))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The values of an option with their positions on the command line.
fn given<'m>(matches: &'m ArgMatches, name: &str) -> Vec<(usize, &'m String)> {
    matches.indices_of(name).into_iter().flatten().zip(matches.get_many(name).into_iter().flatten()).collect()
}

/// Gives each choice without a key a unique one from its label.
pub fn give_keys(choices: &mut [NewChoice]) {
    let given = choices.iter().filter(|choice| !choice.key.is_empty()).map(|choice| choice.key.clone());
    let mut keys = marks::Keys::new(given);
    for choice in choices.iter_mut().filter(|choice| choice.key.is_empty()) {
        choice.key = keys.create(&choice.label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique() {
        let choice =
            |key: &str, label: &str| NewChoice { key: key.into(), label: label.into(), ..NewChoice::default() };
        let long = "x".repeat(70);
        let mut choices = [
            choice("", "Tea!"),
            choice("", "Tea?"),
            choice("tea-2", "Own"),
            choice("", "!!"),
            choice("", "??"),
            choice("", &long),
            choice("", &format!("{long}y")),
        ];
        give_keys(&mut choices);
        let keys = choices.map(|choice| choice.key);
        assert_eq!(keys[..5], ["tea", "tea-3", "tea-2", "choice", "choice-2"]);
        assert!(keys[6].ends_with("x-2") && keys.iter().all(|key| marks::is_key(key)));
    }
}
