//! Paging: which part of a long list a request asks for, and the ways to the parts beside it.

use std::ops::Range;

use rocket::http::RawStr;
use serde::Serialize;

use crate::text::grouped;

/// One part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    number: usize,
    size: usize,
    total: usize,
}

/// What `components/pager.html` is given.
#[derive(Debug, Clone, Serialize)]
pub struct Pager {
    number: String,
    last: String,
    previous: Option<String>,
    next: Option<String>,
}

impl Part {
    /// The part that `page=…` asks for, the first where nothing is asked.
    ///
    /// # Errors
    /// A sentence where there is no such page.
    pub fn read(page: Option<&str>, size: usize, total: usize) -> Result<Self, String> {
        let last = total.div_ceil(size).max(1);
        let number = match page.unwrap_or_default() {
            "" => Some(1),
            page => page.parse().ok().filter(|number| (1..=last).contains(number)),
        };
        let missing = || match last {
            1 => "There is only one page here.".into(),
            _ => format!("There is no such page. The pages go from 1 to {}.", grouped(last as u64)),
        };
        number.map(|number| Self { number, size, total }).ok_or_else(missing)
    }

    /// The part that has the row at `index`.
    pub fn around(index: usize, size: usize, total: usize) -> Self {
        Self { number: index / size + 1, size, total }
    }

    /// Its rows.
    pub fn rows(&self) -> Range<usize> {
        let start = (self.number - 1) * self.size;
        start..(start + self.size).min(self.total)
    }

    /// `61–120 of 1,000`, or `1,000 of 1,000` for one row.
    pub fn place(&self) -> String {
        let rows = self.rows();
        let [start, end, total] = [rows.start + 1, rows.end, self.total].map(|number| grouped(number as u64));
        if start == end { format!("{end} of {total}") } else { format!("{start}–{end} of {total}") }
    }

    /// The ways to the parts beside it, by the address of a page; `None` where it is the whole.
    pub fn pager(&self, address: impl Fn(&str) -> String) -> Option<Pager> {
        let last = self.total.div_ceil(self.size);
        let way = |number: usize| (1..=last).contains(&number).then(|| address(&number.to_string()));
        (last > 1).then(|| Pager {
            number: grouped(self.number as u64),
            last: grouped(last as u64),
            previous: way(self.number - 1),
            next: way(self.number + 1),
        })
    }
}

/// An address with those fields that are not empty.
pub fn address(path: &str, fields: &[(&str, &str)]) -> String {
    let filled = fields.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<_> = filled.map(|(name, value)| format!("{name}={}", RawStr::new(value).percent_encode())).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_edges() {
        let part = |page| Part::read(page, 60, 1000);
        assert_eq!(part(None).unwrap().rows(), 0..60);
        assert_eq!(part(Some("2")).unwrap().place(), "61–120 of 1,000");
        assert_eq!(part(Some("17")).unwrap().rows(), 960..1000);
        assert_eq!(Part::read(Some("3"), 25, 51).unwrap().place(), "51 of 51");
        for page in ["0", "18", "-1", "x", "99999999999999999999", "1.5", " 1"] {
            assert_eq!(part(Some(page)), Err("There is no such page. The pages go from 1 to 17.".into()), "{page}");
        }
        assert_eq!(Part::read(None, 60, 0).unwrap().rows(), 0..0);
        assert!(Part::read(Some("2"), 60, 0).is_err() && Part::read(Some("2"), 60, 60).is_err());
        assert_eq!(Part::around(60, 60, 1000), part(Some("2")).unwrap());
    }

    #[test]
    fn ways_lead_to_the_parts_beside() {
        let pager = |page| Part::read(Some(page), 60, 121).unwrap().pager(|page| address("/p", &[("page", page)]));
        let (first, last) = (pager("1").unwrap(), pager("3").unwrap());
        assert_eq!((first.previous, first.next.as_deref()), (None, Some("/p?page=2")));
        assert_eq!((last.previous.as_deref(), last.next), (Some("/p?page=2"), None));
        assert!(Part::read(None, 60, 60).unwrap().pager(str::to_owned).is_none());
    }

    #[test]
    fn addresses_carry_any_text() {
        assert_eq!(address("/polls", &[("q", ""), ("page", "")]), "/polls");
        let odd = address("/polls", &[("q", "a&b=c+d#e %ö\"<")]);
        assert_eq!(odd, "/polls?q=a%26b%3Dc%2Bd%23e%20%25%C3%B6%22%3C");
    }
}
