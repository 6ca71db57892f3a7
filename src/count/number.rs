//! Exact numbers, so that no outcome depends on rounding or on the order of ballots.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Sub},
};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed as _, ToPrimitive as _, Zero as _};
use serde::{Serialize, Serializer};

use crate::text::grouped;

/// How many decimals a number has at most before it is written as a fraction.
const DECIMALS: usize = 9;

/// An exact number of votes, points or whatever else is counted. Displayed as `1,204`, `12.5` or `3 1/7`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(BigRational);

impl Number {
    /// `numerator / denominator`; zero where the denominator is.
    pub fn ratio(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> Self {
        let denominator = denominator.into();
        if denominator.is_zero() { Self::default() } else { Self(BigRational::new(numerator.into(), denominator)) }
    }

    /// So many units of the last of `decimals` decimals: `fixed(12_500, 3)` is 12.5.
    pub fn fixed(units: impl Into<BigInt>, decimals: u32) -> Self {
        Self::ratio(units, BigInt::from(10).pow(decimals))
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// The thousandths of `whole` that it is, rounded to the nearest; 0 of nothing. For bars and shares alone.
    pub fn permille(&self, whole: &Self) -> u64 {
        if whole.is_zero() {
            return 0;
        }
        (&self.0 / &whole.0 * BigRational::from(BigInt::from(1000))).round().to_integer().to_u64().unwrap_or(0)
    }

    /// Rounded to at most two decimals, for pages where the exact fraction would only be noise.
    pub fn short(&self) -> String {
        let hundred = BigRational::from(BigInt::from(100));
        Self((&self.0 * &hundred).round() / hundred).to_string()
    }

    /// The nearest number that a program's floating point has. For drawing alone.
    pub fn approximate(&self) -> f64 {
        self.0.to_f64().unwrap_or(f64::NAN)
    }

    /// In the notation of programs: `1204`, `12.5` or `22/7`, with a hyphen for a minus.
    pub fn plain(&self) -> String {
        let sign = if self.0.is_negative() { "-" } else { "" };
        match decimals(&self.0.fract().abs()) {
            Some(rest) => format!("{sign}{}{rest}", self.0.trunc().abs().to_integer()),
            None => self.0.to_string(),
        }
    }
}

/// `.5` for a half, nothing for zero; `None` where no few decimals end it.
fn decimals(rest: &BigRational) -> Option<String> {
    if rest.is_zero() {
        return Some(String::new());
    }
    let scaled = rest * BigRational::from(BigInt::from(10).pow(DECIMALS as u32));
    scaled.is_integer().then(|| {
        let digits = format!("{:0>DECIMALS$}", scaled.to_integer().to_string());
        format!(".{}", digits.trim_end_matches('0'))
    })
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0.trunc().abs().to_integer(), self.0.fract().abs());
        let whole_text = whole.to_u64().map_or_else(|| whole.to_string(), grouped);
        let sign = if self.0.is_negative() { "−" } else { "" };
        let text = match decimals(&rest) {
            Some(rest) => format!("{sign}{whole_text}{rest}"),
            None if whole.is_zero() => format!("{sign}{rest}"),
            None => format!("{sign}{whole_text} {rest}"),
        };
        f.pad(&text)
    }
}

/// A JSON number where it is whole, else text as [`Number::plain`] writes it.
impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.to_integer().to_i64().filter(|_| self.0.is_integer()) {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.serialize_str(&self.plain()),
        }
    }
}

impl Default for Number {
    fn default() -> Self {
        Self(BigRational::zero())
    }
}

impl From<u64> for Number {
    fn from(whole: u64) -> Self {
        Self(BigRational::from(BigInt::from(whole)))
    }
}

impl Add for Number {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Number {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl AddAssign for Number {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Number {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_numbers_read_well() {
        let written = |n: Number| (n.to_string(), n.plain(), n.short());
        let same = |text: &str| (text.to_owned(), text.to_owned(), text.to_owned());
        assert_eq!(written(Number::from(12)), same("12"));
        assert_eq!(written(Number::fixed(12_500, 3)), same("12.5"));
        assert_eq!(written(Number::from(1204)), ("1,204".into(), "1204".into(), "1,204".into()));
        assert_eq!(written(Number::ratio(22, 7)), ("3 1/7".into(), "22/7".into(), "3.14".into()));
        assert_eq!(written(Number::ratio(-1, 3)), ("−1/3".into(), "-1/3".into(), "−0.33".into()));
        assert_eq!(Number::ratio(1, 0), Number::default());
    }

    #[test]
    fn thousandths_are_rounded_to_the_nearest() {
        assert_eq!(Number::from(2).permille(&Number::from(3)), 667);
        assert_eq!(Number::from(u64::MAX).permille(&Number::from(u64::MAX)), 1000);
        assert_eq!(Number::from(1).permille(&Number::default()), 0);
    }
}
