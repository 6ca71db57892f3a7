//! Numbers as readers see them.

use super::ballot::score_written;
use crate::{
    count::{Number, Unit},
    models::poll::Poll,
};

/// Of a whole that is not 0, in percent with one decimal.
pub fn share(part: &Number, whole: &Number) -> String {
    let permille = part.permille(whole);
    format!("{}.{}%", permille / 10, permille % 10)
}

/// A number of a tally: of grades, the grade.
pub fn counted(poll: &Poll, unit: Unit, number: &Number) -> String {
    let grade = number.plain().parse().ok().filter(|_| unit == Unit::Grade);
    grade.map_or_else(|| number.short(), |grade| score_written(poll, grade))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_read_well() {
        assert_eq!(share(&Number::from(0), &Number::from(0)), "0.0%");
        assert_eq!(share(&Number::from(2), &Number::from(3)), "66.7%");
    }
}
