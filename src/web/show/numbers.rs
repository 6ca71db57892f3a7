//! Numbers as readers see them.

use super::ballot::score_written;
use crate::{
    count::{Number, Unit},
    models::poll::Poll,
};

/// A number of a tally: of grades, the grade.
pub fn counted(poll: &Poll, unit: Unit, number: &Number) -> String {
    let grade = number.plain().parse().ok().filter(|_| unit == Unit::Grade);
    grade.map_or_else(|| number.short(), |grade| score_written(poll, grade))
}
