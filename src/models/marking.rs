//! How a poll's ballots are marked and counted.

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    sql_types::Text,
};

use crate::{count::Method, marks::Form, text::grouped};

/// The highest score that a poll may offer.
pub const HIGHEST: i32 = 100;

/// How ballots are marked and counted, and what surrounds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marking {
    /// The method.
    pub method: Method,
    /// How many choices win.
    pub seats: i32,
    /// The highest score of a ballot of scores.
    pub highest: i32,
    /// Whether a ballot may be blank.
    pub abstaining: bool,
    /// Whether voters look over their ballot before it is cast.
    pub review: bool,
    /// Whether the results show how other methods count the same ballots.
    pub comparison: bool,
}

impl Default for Marking {
    fn default() -> Self {
        Self { method: Method::Plurality, seats: 1, highest: 5, abstaining: false, review: false, comparison: false }
    }
}

impl Marking {
    /// Whether ballots of so many choices can be marked and counted so.
    ///
    /// # Errors
    /// The field that is wrong, and how to correct it.
    pub fn check(&self, choices: usize) -> Result<(), (&'static str, String)> {
        let Self { method, seats, highest, .. } = *self;
        if seats < 1 {
            return Err(("seats", "At least one choice is elected. Enter 1 or more.".into()));
        }
        if seats.unsigned_abs() as usize > choices {
            return Err(("seats", format!("There are {choices} choices, so at most {choices} can be elected.")));
        }
        if seats > 1 && !method.takes_seats() {
            return Err((
                "seats",
                format!("{} elects one. To elect several by rankings, pick {}.", method.label(), Method::Stv.label()),
            ));
        }
        let most = method.most_choices();
        if choices > most {
            let (choices, most) = (grouped(choices as u64), grouped(most as u64));
            return Err((
                "method",
                format!("{} takes up to {most} choices, and there are {choices}. Pick another one.", method.label()),
            ));
        }
        if !(1..=HIGHEST).contains(&highest) {
            return Err(("highest", format!("The highest score is a number from 1 to {HIGHEST}.")));
        }
        Ok(())
    }

    /// How its ballots may be marked.
    pub fn form(&self) -> Form {
        self.method.form(self.seats.unsigned_abs(), self.highest.unsigned_abs(), self.abstaining)
    }

    /// Whether ballots that are in mean the same under `other`: only what surrounds them may change.
    pub(super) fn keeps_meaning(&self, other: &Self) -> bool {
        let Self { comparison, .. } = other;
        *other == Self { comparison: *comparison, ..*self }
    }
}

/// A method's name in the database.
#[derive(FromSqlRow)]
pub struct Word(Method);

impl From<Word> for Method {
    fn from(word: Word) -> Self {
        word.0
    }
}

impl<DB: Backend> FromSql<Text, DB> for Word
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let word = String::from_sql(bytes)?;
        Method::from_word(&word).map(Self).ok_or_else(|| format!("“{word}” is no method").into())
    }
}

impl AsExpression<Text> for Method {
    type Expression = <&'static str as AsExpression<Text>>::Expression;

    fn as_expression(self) -> Self::Expression {
        AsExpression::<Text>::as_expression(self.as_str())
    }
}

impl AsExpression<Text> for &Method {
    type Expression = <&'static str as AsExpression<Text>>::Expression;

    fn as_expression(self) -> Self::Expression {
        AsExpression::<Text>::as_expression(self.as_str())
    }
}
